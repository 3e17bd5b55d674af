#include "lib/sink/encode/json_options.h"

#include "lib/sink/encode/meta.h"

namespace slotcast::sink {

void check_line_end(const std::string& line_end, Mistakes& mistakes) {
  if (line_end == "\n" || line_end == "\r\n") return;
  mistakes.emplace_back("line_end", invalid("a line ends with \"\\n\" or \"\\r\\n\""));
}

Mistakes check(const JsonOptions& options) {
  Mistakes mistakes;
  check_line_end(options.line_end, mistakes);
  if (options.nan != "string" && options.nan != "null" && options.nan != "error") {
    mistakes.emplace_back("nan", invalid("write string, null or error"));
  }
  if (has(read_meta(options.meta, mistakes), Meta::Unchanged)) {
    mistakes.emplace_back("meta", invalid("_unchanged is for CSV: in JSON a value that the server "
                                          "did not send has no key"));
  }
  return mistakes;
}

}  // namespace slotcast::sink
