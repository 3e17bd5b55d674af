#include "lib/replay/stage_files.h"

#include <algorithm>

namespace slotcast::replay {
namespace {

constexpr const char* kDirectory = "_manifest";
constexpr std::string_view kEnding = ".jsonl";

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<std::string> StageFiles::read_small(const std::string& path, std::size_t size_bytes_max) {
  std::string text(size_bytes_max + 1, '\0');
  TRY_ASSIGN(const std::size_t size, read(path, 0, text));
  if (size > size_bytes_max) return corrupt(path + " is larger than such a file can be");
  text.resize(size);
  text.shrink_to_fit();
  return text;
}

Result<std::vector<std::string>> DirectoryFiles::manifests() {
  TRY_ASSIGN(const auto entries, directory_->list(kDirectory));
  std::vector<std::string> names;
  for (const io::DirectoryEntry& entry : entries) {
    if (!entry.is_directory && entry.name.ends_with(kEnding)) names.push_back(entry.name);
  }
  return names;
}

Result<std::size_t> DirectoryFiles::read(const std::string& path, std::uint64_t offset,
                                         std::span<char> into) {
  TRY_ASSIGN(const auto file, directory_->open(path, io::OpenMode::Read));
  return file->read_at(offset, std::as_writable_bytes(into));
}

std::string manifest_path(const std::string& name) {
  return std::string(kDirectory) + "/" + name;
}

Result<std::string> choose_manifest(StageFiles& files, const std::string& wanted) {
  TRY_ASSIGN(const auto names, files.manifests());
  if (names.empty()) {
    return invalid(
        "the stage has no manifest (_manifest/*.jsonl): no stage sink has written there yet");
  }
  if (wanted.empty()) {
    if (names.size() == 1) return names.front();
    return invalid("the stage has several manifests, and each is read by itself: " + listed(names) +
                   "; name one: --manifest " + names.front());
  }
  const std::string name = wanted.ends_with(kEnding) ? wanted : wanted + std::string(kEnding);
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  return invalid("the stage has no manifest " + name + "; there are: " + listed(names));
}

}  // namespace slotcast::replay
