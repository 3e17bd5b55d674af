#include "tests/support/s3_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/command.h"
#include "tests/support/tcp_peer.h"

namespace slotcast::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAccessKeyId = "tester";
constexpr const char* kSecretAccessKey = "correct-horse";

// Installing takes minutes the first time; dev/packages.sh test has done it before.
std::string program() {
  const CommandResult result =
      run_command({"bash", "-c", std::string(SLOTCAST_SOURCE_DIR) + "/dev/s3_server.sh | tail -1"});
  std::string path = result.output;
  while (path.ends_with('\n')) path.pop_back();
  if (result.exit_code != 0 || !fs::exists(path)) {
    throw std::runtime_error("dev/s3_server.sh: " + result.output);
  }
  return path;
}

bool is_listening(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

S3Server::S3Server(bool tls) : tls_(tls), port_(free_port()) {
  fs::create_directories(directory_.path() + "/data/" + kBucket);
  std::vector<std::string> argv{program(), "--port", "127.0.0.1:" + std::to_string(port_),
                                "--access", kAccessKeyId, "--secret", kSecretAccessKey,
                                "--keep-alive",
                                // "bucket.localhost" and "127.0.0.1/bucket" are the same.
                                "--virtual-domain", "localhost:" + std::to_string(port_)};
  if (tls_) {
    make_certificate();
    argv.insert(argv.end(), {"--cert", certificate(), "--key", directory_.path() + "/key.pem"});
  }
  // Attributes of files are not to be had on every disk; a directory beside them always is.
  fs::create_directories(directory_.path() + "/facts");
  argv.insert(argv.end(),
              {"posix", "--sidecar", directory_.path() + "/facts", directory_.path() + "/data"});
  process_ = start_command(argv, {::geteuid(), ::getegid()}, directory_.path() + "/log", SIGKILL);
  wait_until_ready();
}

S3Server::~S3Server() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void S3Server::make_certificate() const {
  const CommandResult made =
      run_command({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                   "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                   "-keyout", directory_.path() + "/key.pem", "-out", certificate()});
  if (made.exit_code != 0) throw std::runtime_error("openssl: " + made.output);
}

void S3Server::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (is_listening(port_)) return;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("the S3 server did not start: " + text_of(directory_.path() + "/log"));
}

std::string S3Server::url() const {
  return (tls_ ? "https" : "http") + std::string("://127.0.0.1:") + std::to_string(port_);
}

stage::s3::Settings S3Server::settings(const std::string& url) const {
  stage::s3::Settings settings;
  settings.endpoint = url;
  settings.access_key_id = kAccessKeyId;
  settings.secret_access_key = kSecretAccessKey;
  return settings;
}

std::vector<std::string> S3Server::objects(const std::string& folder) const {
  const fs::path root = directory_.path() + "/data/" + kBucket;
  std::vector<std::string> found;
  if (!fs::exists(root / folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string name = fs::relative(entry.path(), root);
    // The server's own folder for parts, and ours.
    const bool is_inner =
        name.find(".sgwtmp") != std::string::npos || name.find(".slotcast") != std::string::npos;
    if (entry.is_regular_file() && !is_inner) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> S3Server::unfinished(const std::string& prefix) const {
  // <hash of the name>/<upload>/<parts>, and the name itself among the facts.
  const std::string inside = std::string(kBucket) + "/.sgwtmp/multipart";
  std::vector<std::string> found;
  if (!fs::exists(directory_.path() + "/data/" + inside)) return found;
  for (const auto& name : fs::directory_iterator(directory_.path() + "/data/" + inside)) {
    const std::string hash = name.path().filename();
    const std::string facts = directory_.path() + "/facts/" + inside + "/" + hash;
    const std::string key = text_of(facts + "/meta/objname");
    if (!key.starts_with(prefix)) continue;
    for (const auto& upload : fs::directory_iterator(name.path())) {
      if (upload.is_directory()) found.push_back(key);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string S3Server::content(const std::string& key) const {
  return text_of(directory_.path() + "/data/" + kBucket + "/" + key);
}

void S3Server::remove(const std::string& key) const {
  if (!fs::remove(directory_.path() + "/data/" + kBucket + "/" + key)) {
    throw std::runtime_error("no object " + key);
  }
  fs::remove_all(directory_.path() + "/facts/" + kBucket + "/" + key);
}

void S3Server::put(const std::string& key, const std::string& text) const {
  const fs::path path = directory_.path() + "/data/" + kBucket + "/" + key;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

stage::s3::Variables no_variables() {
  return [](const char* name) {
    return std::string(std::string(name) == "AWS_EC2_METADATA_DISABLED" ? "true" : "");
  };
}

}  // namespace slotcast::test
