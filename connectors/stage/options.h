#pragma once

#include <string>
#include <vector>

#include "connectors/stage/acceptance.h"
#include "connectors/stage/compression.h"
#include "connectors/stage/pattern.h"
#include "connectors/stage/s3/settings.h"
#include "lib/sink/encode/csv_options.h"
#include "lib/sink/encode/json_options.h"

namespace slotcast::stage {

enum class Format { Jsonl, Csv };

constexpr const char* name_of(Format format) {
  return format == Format::Csv ? "csv" : "jsonl";
}

// Filled from `stage:` of a sink.
struct Options {
  static constexpr bool kNeedsKey = false;  // changes are added one after the other

  std::string url;  // file:///directory, absolute, existing; or s3://bucket/prefix
  // strftime directives, %nN, %U, %%, {schema} {table} {sink}; see pattern.h. No default.
  std::string pattern;
  Format format = Format::Jsonl;
  Compression compress = Compression::None;
  Mode mode = Mode::Changes;
  std::vector<std::string> not_null = {};  // columns
  sink::CsvOptions csv = {};
  sink::JsonOptions jsonl = {};
  s3::Settings s3 = {};  // of an s3:// url
};

// Whether it is in a bucket, not in a directory.
bool is_s3(const Options& options);

// The names of its files. Invalid when the two do not go together.
Result<Pattern> pattern_of(const Options& options);

}  // namespace slotcast::stage
