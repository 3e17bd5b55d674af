#include "tests/support/stage_disk.h"

#include <simdjson.h>

#include <cstdio>
#include <map>
#include <sstream>

#include "lib/base/crc32c.h"
#include "lib/base/ensure.h"

namespace slotcast::test {

Status Accesses::next() {
  if (until_failure == SIZE_MAX || until_failure-- != 0) return {};
  until_failure = SIZE_MAX;
  has_failed = true;
  return transient("the disk is busy");
}

namespace {

class CountedFile final : public io::File {
 public:
  CountedFile(std::unique_ptr<io::File> file, std::shared_ptr<Accesses> accesses)
      : file_(std::move(file)), accesses_(std::move(accesses)) {
    accesses_->open_files_most = std::max(accesses_->open_files_most, ++accesses_->open_files);
  }
  ~CountedFile() override { --accesses_->open_files; }

  Status write_at(std::uint64_t offset, Bytes bytes) override {
    TRY(accesses_->next());
    return file_->write_at(offset, bytes);
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    TRY(accesses_->next());
    return file_->read_at(offset, into);
  }
  Status sync() override {
    TRY(accesses_->next());
    return file_->sync();
  }
  Result<std::uint64_t> size() const override { return file_->size(); }
  Status truncate(std::uint64_t size_bytes) override { return file_->truncate(size_bytes); }

 private:
  const std::unique_ptr<io::File> file_;
  const std::shared_ptr<Accesses> accesses_;
};

class CountedDirectory final : public io::Directory {
 public:
  CountedDirectory(std::shared_ptr<PowerDisk> disk, std::shared_ptr<Accesses> accesses)
      : disk_(std::move(disk)), accesses_(std::move(accesses)) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    TRY(accesses_->next());
    TRY_ASSIGN(auto file, disk_->open(path, mode));
    return std::unique_ptr<io::File>(std::make_unique<CountedFile>(std::move(file), accesses_));
  }
  Status rename(const std::string& from, const std::string& to, bool replace) override {
    TRY(accesses_->next());
    return disk_->rename(from, to, replace);
  }
  Status remove(const std::string& path) override {
    TRY(accesses_->next());
    return disk_->remove(path);
  }
  Result<bool> exists(const std::string& path) override {
    TRY(accesses_->next());
    return disk_->exists(path);
  }
  Result<std::vector<io::DirectoryEntry>> list(const std::string& path) override {
    TRY(accesses_->next());
    return disk_->list(path);
  }
  Status make(const std::string& path) override {
    TRY(accesses_->next());
    return disk_->make(path);
  }
  Status sync(const std::string& path) override {
    TRY(accesses_->next());
    return disk_->sync(path);
  }

 private:
  const std::shared_ptr<PowerDisk> disk_;
  const std::shared_ptr<Accesses> accesses_;
};

bool is_final(const std::string& path) {
  return !path.starts_with(".slotcast/") && !path.starts_with("_manifest/");
}

}  // namespace

std::unique_ptr<sink::Sink> StageDisk::connect() {
  return connect("{table}/%s-%U.jsonl", "lake", random_);
}

std::unique_ptr<sink::Sink> StageDisk::connect(const std::string& pattern, const std::string& sink,
                                               Random& random, stage::Options options) {
  options.pattern = pattern;
  auto parsed = stage::pattern_of(options);
  ENSURE(parsed.ok());
  const auto opener = [disk = disk_, accesses = accesses_](
                          const std::string&) -> Result<std::unique_ptr<io::Directory>> {
    TRY(accesses->next());
    return std::unique_ptr<io::Directory>(std::make_unique<CountedDirectory>(disk, accesses));
  };
  const sink::Environment environment{"shop", sink, &clock_, &random, /*exclusive=*/false};
  return std::make_unique<stage::StageSink>(
      std::make_unique<stage::DirectoryPlace>("/stage", environment, opener),
      std::move(parsed).value(), options, environment);
}

std::vector<ManifestLine> StageDisk::manifest() const {
  std::vector<ManifestLine> lines;
  simdjson::dom::parser parser;
  for (const std::string& path : disk_->files()) {
    if (!path.starts_with("_manifest/") || path.starts_with("_manifest/schemas/")) continue;
    std::istringstream text(this->text(path));
    for (std::string line; std::getline(text, line);) {
      const auto object = parser.parse(line);
      lines.push_back({std::string(object["file"].get_string().value()),
                       std::string(object["schema_version"].get_string().value()),
                       std::string(object["crc32c"].get_string().value()),
                       std::string(object["batch"].get_string().value()),
                       object["rows"].get_uint64().value(), object["bytes"].get_uint64().value(),
                       object["first"]["seq"].get_uint64().value(),
                       object["last"]["seq"].get_uint64().value()});
    }
  }
  return lines;
}

bool StageDisk::manifest_fits() const {
  std::map<std::string, ManifestLine> by_file;
  for (ManifestLine& line : manifest()) {
    const std::string file = line.file;
    if (!by_file.emplace(file, std::move(line)).second) return false;
  }
  for (const std::string& path : files()) {
    const std::string contents = text(path);
    char checksum[16];
    std::snprintf(checksum, sizeof checksum, "%08x", crc32c_portable(as_bytes(contents)));
    const auto line = by_file.find(path);
    if (line == by_file.end() || line->second.crc32c != checksum) return false;
    const std::string definition = "_manifest/schemas/" + line->second.schema_version + ".json";
    if (line->second.bytes != contents.size() || !disk_->exists(definition).value()) return false;
  }
  return true;
}

FarSide::Visible StageDisk::visible() {
  // Row 0 of no table, which no test expects.
  if (!manifest_fits()) return {{"the manifest does not fit", {0}}};
  Visible visible;
  simdjson::dom::parser parser;
  for (const std::string& path : files()) {
    std::vector<std::uint64_t>& rows = visible[path.substr(0, path.find('/'))];
    const std::string contents = text(path);
    for (std::size_t at = 0; at < contents.size();) {
      const std::size_t end = contents.find('\n', at);
      std::uint64_t ordinal = 0;
      // A line that is cut or torn counts as row 0, which no test sends.
      const bool is_whole =
          end != std::string::npos &&
          parser.parse(contents.substr(at, end - at))["_seq"].get(ordinal) == simdjson::SUCCESS;
      rows.push_back(is_whole ? ordinal : 0);
      at = end == std::string::npos ? contents.size() : end + 1;
    }
  }
  return visible;
}

std::size_t StageDisk::unfinished() {
  std::size_t count = 0;
  for (const std::string& path : disk_->files()) {
    const bool is_ours_for_good = path.ends_with("/id");
    count += path.starts_with(".slotcast/") && !is_ours_for_good ? 1 : 0;
  }
  return count;
}

bool StageDisk::fail_call(std::size_t call) {
  accesses_->until_failure = call;
  return true;
}

std::vector<std::string> StageDisk::files() const {
  std::vector<std::string> files;
  for (const std::string& path : disk_->files()) {
    if (is_final(path)) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string StageDisk::text(const std::string& path) const {
  const auto bytes = disk_->bytes(path);
  return std::string(as_text(bytes));
}

}  // namespace slotcast::test
