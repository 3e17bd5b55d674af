#include "tests/support/stage_bucket.h"

#include <simdjson.h>

#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>

#include "connectors/stage/make.h"

namespace slotcast::test {
namespace {

std::string next_prefix() {
  static int count = 0;
  return "stage" + std::to_string(++count) + "/";
}

ManifestLine line_of(const simdjson::dom::element& object) {
  return {std::string(object["file"].get_string().value()),
          std::string(object["schema_version"].get_string().value()),
          std::string(object["crc32c"].get_string().value()),
          std::string(object["batch"].get_string().value()),
          object["rows"].get_uint64().value(),
          object["bytes"].get_uint64().value(),
          object["first"]["seq"].get_uint64().value(),
          object["last"]["seq"].get_uint64().value()};
}

// The ordinals of its rows; a line that is cut or torn counts as row 0, which no test sends.
std::vector<std::uint64_t> rows_of(const std::string& text) {
  simdjson::dom::parser parser;
  std::vector<std::uint64_t> rows;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    std::uint64_t ordinal = 0;
    const bool is_whole =
        end != std::string::npos &&
        parser.parse(text.substr(at, end - at))["_seq"].get(ordinal) == simdjson::SUCCESS;
    rows.push_back(is_whole ? ordinal : 0);
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return rows;
}

bool fits(const ManifestLine& line, const std::string& text) {
  const std::vector<std::uint64_t> rows = rows_of(text);
  char checksum[16];
  std::snprintf(checksum, sizeof checksum, "%08x", plain_crc32c(text));
  return line.crc32c == checksum && line.bytes == text.size() && line.rows == rows.size() &&
         !rows.empty() && line.first_seq == *std::min_element(rows.begin(), rows.end()) &&
         line.last_seq == *std::max_element(rows.begin(), rows.end());
}

}  // namespace

std::uint32_t plain_crc32c(const std::string& bytes) {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // RFC 3720's, its bits reversed
  std::uint32_t rest = ~0u;
  for (const char byte : bytes) {
    rest ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
  }
  return ~rest;
}

StageBucket::StageBucket(Fault fault)
    : server_(shared_server()), prefix_(next_prefix()), fault_(fault) {}

StageBucket::~StageBucket() = default;

// Starting one takes longer than most tests.
S3Server& StageBucket::shared_server() {
  static S3Server server;
  return server;
}

FaultProxy& StageBucket::proxy() {
  if (!proxy_) proxy_ = std::make_unique<FaultProxy>(server_.port());
  return *proxy_;
}

std::unique_ptr<sink::Sink> StageBucket::connect(std::size_t buffer_bytes) {
  stage::Options options;
  options.url = "s3://" + std::string(S3Server::kBucket) + "/" + prefix_;
  options.pattern = "{table}/%s-%U.jsonl";
  options.s3 = proxy_ ? server_.settings(proxy_->url()) : server_.settings();
  options.s3.buffer_bytes_max = buffer_bytes;
  auto sink = stage::make(options, {"shop", "lake", &clock_, &random_});
  if (!sink.ok()) throw std::runtime_error(sink.error().what);
  return std::move(sink).value();
}

bool StageBucket::fail_call(std::size_t call) {
  proxy().plan_call(call, fault_);
  return true;
}

std::vector<std::string> StageBucket::objects() const {
  std::vector<std::string> found;
  for (const std::string& key : server_.objects(prefix_)) {
    found.push_back(key.substr(prefix_.size()));
  }
  return found;
}

std::vector<std::string> StageBucket::files() const {
  std::vector<std::string> found = objects();
  std::erase_if(found, [](const std::string& path) { return path.starts_with("_manifest/"); });
  return found;
}

std::vector<std::string> StageBucket::manifest_objects() const {
  std::vector<std::string> found = objects();
  std::erase_if(found,
                [](const std::string& path) { return !path.starts_with("_manifest/shop-lake/"); });
  return found;
}

std::string StageBucket::text(const std::string& path) const {
  return server_.content(prefix_ + path);
}

std::vector<ManifestLine> StageBucket::manifest() const {
  std::vector<ManifestLine> lines;
  simdjson::dom::parser parser;
  for (const std::string& path : manifest_objects()) {
    std::istringstream text(this->text(path));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(line_of(parser.parse(line).value()));
      if (path == "_manifest/shop-lake/" + lines.back().batch + ".jsonl") continue;
      throw std::runtime_error(path + " has a line of another batch: " + line);
    }
  }
  return lines;
}

bool StageBucket::manifest_fits(const std::set<std::string>& taken) const {
  std::set<std::string> named;
  for (const ManifestLine& line : manifest()) {
    if (!named.insert(line.file).second) return false;
    if (text("_manifest/schemas/" + line.schema_version + ".json").empty()) return false;
    if (!taken.contains(line.file) && !fits(line, text(line.file))) return false;
  }
  const std::vector<std::string> there = files();
  return std::all_of(there.begin(), there.end(),
                     [&](const std::string& path) { return named.contains(path); });
}

FarSide::Visible StageBucket::visible() {
  // Row 0 of no table, which no test expects.
  if (!manifest_fits()) return {{"the manifest does not fit", {0}}};
  Visible visible;
  for (const std::string& path : files()) {
    std::vector<std::uint64_t>& rows = visible[path.substr(0, path.find('/'))];
    for (const std::uint64_t row : rows_of(text(path))) rows.push_back(row);
  }
  return visible;
}

std::size_t StageBucket::unfinished() {
  return server_.unfinished(prefix_).size();
}

}  // namespace slotcast::test
