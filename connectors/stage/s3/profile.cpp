#include "connectors/stage/s3/profile.h"

#include "lib/io/posix.h"

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// `section` as it is between its brackets. Lines that begin with a blank belong to a nested
// setting, and of those none matters here.
void read_section(std::string_view text, std::string_view section, Profile& profile) {
  bool is_ours = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view plain = trimmed(line);
    if (plain.empty() || plain[0] == '#' || plain[0] == ';') continue;
    if (plain[0] == '[') {
      const std::size_t close = plain.find(']');
      is_ours = close != std::string_view::npos && trimmed(plain.substr(1, close - 1)) == section;
      continue;
    }
    const std::size_t equals = plain.find('=');
    if (!is_ours || equals == std::string_view::npos || line[0] == ' ' || line[0] == '\t') continue;
    const std::string key(trimmed(plain.substr(0, equals)));
    profile.values.insert_or_assign(key, std::string(trimmed(plain.substr(equals + 1))));
  }
}

// A file that nobody has is no error.
Result<std::string> text_of(const std::string& path) {
  TRY_ASSIGN(const bool there, io::path_exists(path));
  return there ? io::read_text_file(path, kFileBytesMax) : Result<std::string>(std::string());
}

std::string path_of(const Variables& variables, const char* variable, const char* file) {
  std::string path = variables(variable);
  if (!path.empty()) return path;
  const std::string home = variables("HOME");
  return home.empty() ? "" : home + "/.aws/" + file;
}

}  // namespace

const std::string& Profile::value(const std::string& key) const {
  static const std::string none;
  const auto found = values.find(key);
  return found == values.end() ? none : found->second;
}

Result<Profile> read_profile(const Settings& settings, const Variables& variables) {
  Profile profile;
  profile.name = settings.profile.empty() ? variables("AWS_PROFILE") : settings.profile;
  profile.is_asked_for = !profile.name.empty();
  if (!profile.is_asked_for) profile.name = "default";
  const std::string config = path_of(variables, "AWS_CONFIG_FILE", "config");
  const std::string credentials = path_of(variables, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  if (!config.empty()) {
    TRY_ASSIGN(const std::string text, text_of(config));
    read_section(text, profile.name == "default" ? "default" : "profile " + profile.name, profile);
  }
  if (!credentials.empty()) {
    TRY_ASSIGN(const std::string text, text_of(credentials));
    read_section(text, profile.name, profile);
  }
  if (profile.is_asked_for && profile.values.empty()) {
    return invalid("profile \"" + profile.name + "\" is neither in " + credentials + " nor in " +
                   config);
  }
  return profile;
}

}  // namespace slotcast::stage::s3
