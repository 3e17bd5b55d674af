#include "connectors/stage/token.h"

#include <sstream>

namespace slotcast::stage {
namespace {

constexpr std::string_view kMagic = "stage ";
constexpr std::string_view kHeader = "stage 1 ";

Result<PreparedFile> decode_line(const std::string& line) {
  std::istringstream fields(line);
  PreparedFile file;
  const bool ok = std::getline(fields, file.temporary, '\t') &&
                  std::getline(fields, file.final_path, '\t') && (fields >> file.rows) &&
                  (fields >> file.bytes) && fields.peek() == std::istringstream::traits_type::eof();
  if (!ok || file.temporary.empty() || file.final_path.empty()) {
    return corrupt("the journal's token has a malformed line");
  }
  return file;
}

}  // namespace

sink::Token encode(const PreparedBatch& batch) {
  std::ostringstream out;
  out << kHeader << batch.stage << '\n';
  for (const PreparedFile& file : batch.files) {
    // Neither name can hold a tab or a line break: patterns refuse them, table names are encoded.
    out << file.temporary << '\t' << file.final_path << '\t' << file.rows << '\t' << file.bytes
        << '\n';
  }
  return out.str();
}

Result<PreparedBatch> decode_token(const sink::Token& token) {
  std::istringstream in(token);
  std::string line;
  if (!std::getline(in, line) || !line.starts_with(kMagic)) {
    return corrupt("the journal's token is not of a stage");
  }
  if (!line.starts_with(kHeader)) {
    return invalid("the token was written by a newer version of slotcast");
  }
  // Whole lines only: a token that was cut must not pass for a batch with fewer files.
  if (token.back() != '\n') return corrupt("the journal's token was cut");
  PreparedBatch batch;
  batch.stage = line.substr(kHeader.size());
  while (std::getline(in, line)) {
    TRY_ASSIGN(PreparedFile file, decode_line(line));
    batch.files.push_back(std::move(file));
  }
  return batch;
}

}  // namespace slotcast::stage
