#pragma once

#include <string>
#include <vector>

#include "lib/sink/encode/mistakes.h"

namespace slotcast::sink {

// How CSV is written, as the configuration says it.
struct CsvOptions {
  std::string separator = ",";
  std::string enclosure = "\"";
  std::string escape = "\"";    // the enclosure: it is doubled; or one of its own, as a backslash
  std::string line_end = "\n";  // or "\r\n"
  bool header = false;
  std::string null_text = "\\N";
  std::vector<std::string> meta = {"_op", "_lsn", "_seq", "_ts", "_unchanged"};
};

// All that would keep a file from being read back as it was meant.
Mistakes check(const CsvOptions& options);

}  // namespace slotcast::sink
