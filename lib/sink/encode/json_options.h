#pragma once

#include <string>
#include <vector>

#include "lib/sink/encode/mistakes.h"

namespace slotcast::sink {

// How JSON lines are written, as the configuration says it.
struct JsonOptions {
  std::string line_end = "\n";  // or "\r\n"
  // What a NaN or an infinity becomes, for which JSON has no number: a "string", "null", or an
  // "error" of its row.
  std::string nan = "string";
  std::vector<std::string> meta = {"_op", "_lsn", "_seq", "_ts"};
};

Mistakes check(const JsonOptions& options);

// Of `line_end`, in both formats.
void check_line_end(const std::string& line_end, Mistakes& mistakes);

}  // namespace slotcast::sink
