#include "lib/replay/manifest.h"

#include <algorithm>
#include <charconv>

#include "lib/base/crc32c.h"
#include "lib/sink/encode/json_members.h"

namespace slotcast::replay {
namespace {

using simdjson::dom::element;

std::optional<Compression> compression_of(std::string_view name) {
  if (name == "none") return Compression::None;
  if (name == "gzip") return Compression::Gzip;
  if (name == "zstd") return Compression::Zstd;
  return std::nullopt;
}

ChangeId place_of(sink::Members& members, const char* key) {
  element place;
  if (members.object()[key].get(place) != simdjson::SUCCESS) {
    members.fail(key);
    return {};
  }
  sink::Members in = members.of(place);
  return {in.lsn("lsn"), in.number<std::uint64_t>("seq")};
}

std::uint32_t checksum_of(sink::Members& members) {
  const std::string_view digits = members.text("crc32c");
  std::uint32_t checksum = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, checksum, 16);
  if (digits.size() != 8 || read.ptr != end) members.fail("crc32c");
  return checksum;
}

}  // namespace

struct ManifestReader::Parser {
  simdjson::dom::parser json;
  std::deque<std::string> owned;

  Result<Line> parse(std::string_view text);
};

Result<ManifestReader::Line> ManifestReader::Parser::parse(std::string_view text) {
  owned.clear();
  std::string wrong;
  element root;
  if (json.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return corrupt("not JSON");
  }
  sink::Members in(root, owned, wrong);
  Line line;
  FileEntry& entry = line.entry;
  entry.file = in.text("file");
  entry.schema = in.text("schema");
  entry.table = in.text("table");
  entry.schema_version = in.text("schema_version");
  const std::string format(in.text("format"));
  const auto compression = compression_of(in.text("compress"));
  entry.rows = in.number<std::uint64_t>("rows");
  entry.bytes = in.number<std::uint64_t>("bytes");
  entry.crc32c = checksum_of(in);
  entry.lowest = place_of(in, "first");
  entry.highest = place_of(in, "last");
  line.batch = in.text("batch");
  line.batch_files = in.number<std::uint64_t>("batch_files");
  if (!wrong.empty()) return corrupt("\"" + wrong + "\" is missing or damaged");
  if (format != "jsonl") {
    return invalid("its format is " + format +
                   ", and only jsonl is read again: what the bytes of another one mean depends on "
                   "settings that no manifest has");
  }
  if (!compression)
    return invalid("a version of slotcast that this one does not know compressed it");
  entry.compression = *compression;
  if (entry.rows == 0) return corrupt("a file without rows");
  return line;
}

ManifestReader::ManifestReader(StageFiles& files, const std::string& name)
    : files_(files),
      path_(manifest_path(name)),
      lines_(files, path_, Compression::None),
      parser_(std::make_unique<Parser>()) {}

ManifestReader::~ManifestReader() = default;

Result<std::optional<ManifestReader::Line>> ManifestReader::read() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  TRY_ASSIGN(const auto text, lines_.next());
  if (!text) {
    // Whoever writes it may cut half a line off, and write another one.
    rest_bytes_ = lines_.rest_bytes();
    lines_.forget_rest();
    return std::optional<Line>();
  }
  const std::uint64_t number = line_ + 1;
  auto line = parser_->parse(*text);
  if (!line.ok()) {
    return line.error().prefixed("manifest " + path_ + " line " + std::to_string(number));
  }
  line_ = number;
  last_ = *text;
  crc32c_ = crc32c(as_bytes("\n"), crc32c(as_bytes(*text), crc32c_));
  line.value().entry.line = number;
  line.value().crc32c = crc32c_;
  return std::optional<Line>(std::move(line).value());
}

// The file is looked up anew for each piece of it: somebody may have moved it away meanwhile.
Status ManifestReader::check_last() {
  if (line_ == 0) return {};
  std::string found(last_.size() + 1, '\0');
  TRY_ASSIGN(const std::size_t size,
             files_.read(path_, lines_.position_bytes() - found.size(), found));
  if (size == found.size() && found.starts_with(last_) && found.back() == '\n') return {};
  return invalid("manifest " + path_ + " is not the one whose " + std::to_string(line_) +
                 " lines were read: it was moved away, shortened or written anew. The sinks' "
                 "positions count its rows: put it back, or give this pipeline a name or a state "
                 "directory of its own for what is there now");
}

std::optional<Batch> ManifestReader::give() {
  place_ = {batch_.files.back().line, batch_crc32c_};
  return std::exchange(batch_, {});
}

// A batch is whole when it has as many files as its lines say. Only the first one may lack some:
// lines at the beginning may be removed.
Result<std::optional<Batch>> ManifestReader::next() {
  TRY(check_last());
  while (true) {
    TRY_ASSIGN(auto line, read());
    if (!line) return std::optional<Batch>();
    if (!batch_.files.empty() && line->batch != batch_id_) {
      if (place_.lines > 0) {
        return corrupt("manifest " + path_ + " line " + std::to_string(line->entry.line) +
                       ": before it " + std::to_string(batch_files_ - batch_.files.size()) +
                       " of " + std::to_string(batch_files_) + " lines of batch " + batch_id_ +
                       " are missing; put them back");
      }
      ahead_ = std::move(line);
      return give();
    }
    batch_id_ = std::move(line->batch);
    batch_files_ = line->batch_files;
    batch_crc32c_ = line->crc32c;
    batch_.rows += line->entry.rows;
    batch_.highest = std::max(batch_.highest, line->entry.highest.commit_lsn);
    batch_.files.push_back(std::move(line->entry));
    if (batch_.files.size() >= batch_files_) return give();
  }
}

}  // namespace slotcast::replay
