#include "config/secrets.h"

#include <sys/stat.h>

#include <cstdlib>

#include "lib/io/posix.h"

namespace slotcast::config {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

Status check_mode(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return {};
  if ((facts.st_mode & 077) == 0) return {};
  return invalid("file " + path + " may be read by others; chmod 600 it");
}

Result<std::string> read_secret(const std::string& name, const Environment& environment) {
  std::string path = name;
  bool is_credential = false;
  if (name.find('/') == std::string::npos) {
    const auto credentials = environment.variable("CREDENTIALS_DIRECTORY");
    struct stat facts{};
    if (credentials && ::stat((*credentials + "/" + name).c_str(), &facts) == 0) {
      path = *credentials + "/" + name;
      is_credential = true;
    } else {
      path = environment.config_directory + "/" + name;
    }
  }
  if (!is_credential) TRY(check_mode(path));
  auto text = io::read_text_file(path, kSecretBytesMax);
  if (!text.ok()) return invalid(text.error().what);
  std::string secret = std::move(text).value();
  if (!secret.empty() && secret.back() == '\n') secret.pop_back();
  return secret;
}

Result<std::string> resolve(const std::string& reference, const Environment& environment) {
  if (reference.starts_with("env:")) {
    const std::string name = reference.substr(4);
    const auto value = environment.variable(name);
    if (!value) return invalid("environment variable " + name + " is not set");
    return *value;
  }
  if (reference.starts_with("file:")) return read_secret(reference.substr(5), environment);
  return invalid("${" + reference + "}: write ${env:NAME} or ${file:NAME}");
}

}  // namespace

Environment system_environment(const std::string& config_path) {
  Environment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  const std::size_t slash = config_path.rfind('/');
  environment.config_directory = slash == std::string::npos ? "." : config_path.substr(0, slash);
  return environment;
}

bool has_substitution(const std::string& text) {
  return text.find("${") != std::string::npos;
}

Result<std::string> substitute(const std::string& text, const Environment& environment) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 3, "$${") == 0) {
      out += "${";
      at += 3;
    } else if (text.compare(at, 2, "${") == 0) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) return invalid("\"${\" without \"}\"");
      TRY_ASSIGN(const std::string value, resolve(text.substr(at + 2, end - at - 2), environment));
      out += value;
      at = end + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace slotcast::config
