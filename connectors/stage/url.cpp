#include "connectors/stage/url.h"

#include <charconv>

namespace slotcast::stage {

Result<std::string> directory_of_url(const std::string& url) {
  constexpr std::string_view kScheme = "file://";
  if (!url.starts_with(kScheme) || url.size() <= kScheme.size() || url[kScheme.size()] != '/') {
    return invalid("stage url \"" + url +
                   "\" is neither file:///absolute/directory nor s3://bucket/prefix");
  }
  std::string path;
  for (std::size_t at = kScheme.size(); at < url.size(); ++at) {
    if (url[at] != '%') {
      path += url[at];
      continue;
    }
    unsigned value = 0;
    const char* digits = url.data() + at + 1;
    if (at + 2 >= url.size() || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2 ||
        value == 0) {
      return invalid("stage url \"" + url + "\": '%' without two hexadecimal digits at character " +
                     std::to_string(at + 1));
    }
    path += static_cast<char>(value);
    at += 2;
  }
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace slotcast::stage
