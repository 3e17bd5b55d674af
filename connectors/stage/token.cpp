#include "connectors/stage/token.h"

#include <sstream>

namespace slotcast::stage {
namespace {

constexpr const char* kHeader = "stage 1";

}  // namespace

sink::Token encode(const std::vector<PreparedFile>& files) {
  std::ostringstream out;
  out << kHeader << '\n';
  for (const PreparedFile& file : files) {
    // Neither name can hold a tab or a line break: patterns refuse them, table names are encoded.
    out << file.temporary << '\t' << file.final_path << '\t' << file.rows << '\t' << file.bytes
        << '\n';
  }
  return out.str();
}

Result<std::vector<PreparedFile>> decode_token(const sink::Token& token) {
  std::istringstream in(token);
  std::string line;
  if (!std::getline(in, line) || !line.starts_with("stage ")) {
    return corrupt("the journal's token is not of a stage");
  }
  if (line != kHeader) return invalid("the token was written by a newer version of slotcast");
  std::vector<PreparedFile> files;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    PreparedFile file;
    const bool ok = std::getline(fields, file.temporary, '\t') &&
                    std::getline(fields, file.final_path, '\t') && (fields >> file.rows) &&
                    (fields >> file.bytes);
    if (!ok) return corrupt("the journal's token has a malformed line");
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace slotcast::stage
