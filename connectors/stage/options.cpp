#include "connectors/stage/options.h"

namespace slotcast::stage {

bool is_s3(const Options& options) {
  return options.url.starts_with("s3://");
}

Result<Pattern> pattern_of(const Options& options) {
  TRY(Pattern::parse(options.pattern).status());  // as it is written
  TRY_ASSIGN(const std::string text, with_suffix(options.pattern, options.compress));
  return Pattern::parse(text);
}

}  // namespace slotcast::stage
