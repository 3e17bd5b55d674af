#include "connectors/stage/token.h"

namespace slotcast::stage {
namespace {

constexpr std::string_view kMagic = "stage ";
constexpr std::string_view kHeader = "stage 2 ";

Result<PreparedFile> decode_line(std::string_view line) {
  const std::size_t path = line.find('\t');
  const std::size_t entry = path == line.npos ? path : line.find('\t', path + 1);
  if (entry == line.npos || path == 0 || entry == path + 1 || entry + 1 == line.size()) {
    return corrupt("the journal's token has a malformed line");
  }
  return PreparedFile{std::string(line.substr(0, path)),
                      std::string(line.substr(path + 1, entry - path - 1)),
                      std::string(line.substr(entry + 1))};
}

}  // namespace

std::string PreparedBatch::manifest_lines() const {
  std::string lines;
  for (const PreparedFile& file : files) lines += file.line + "\n";
  return lines;
}

sink::Token encode(const PreparedBatch& batch) {
  std::string token(kHeader);
  token += batch.place + "\n";
  for (const PreparedFile& file : batch.files) {
    // None can hold a tab or a line break: patterns refuse them, names are encoded, JSON has none.
    token += file.handle + "\t" + file.final_path + "\t" + file.line + "\n";
  }
  return token;
}

Result<PreparedBatch> decode_token(const sink::Token& token) {
  if (!token.starts_with(kMagic)) return corrupt("the journal's token is not of a stage");
  if (!token.starts_with(kHeader)) {
    return invalid("the token was written by another version of slotcast; start that one once");
  }
  // Whole lines only: a token that was cut must not pass for a batch with fewer files.
  if (token.back() != '\n') return corrupt("the journal's token was cut");
  std::size_t at = token.find('\n');
  PreparedBatch batch;
  batch.place = token.substr(kHeader.size(), at - kHeader.size());
  while (++at < token.size()) {
    const std::size_t end = token.find('\n', at);
    TRY_ASSIGN(PreparedFile file, decode_line(std::string_view(token).substr(at, end - at)));
    batch.files.push_back(std::move(file));
    at = end;
  }
  return batch;
}

}  // namespace slotcast::stage
