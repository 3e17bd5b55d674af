#include "tests/support/kafka_server.h"

#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/command.h"

namespace slotcast::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReady = "Kafka Server started";

std::string sources() {
  return std::string(SLOTCAST_SOURCE_DIR) + "/tests/support/kafka";
}

// Fetching takes a while the first time; dev/packages.sh test has done it before.
std::string folder() {
  const CommandResult result =
      run_command({"bash", "-c", std::string(SLOTCAST_SOURCE_DIR) + "/dev/kafka.sh | tail -1"});
  std::string path = result.output;
  while (path.ends_with('\n')) path.pop_back();
  if (result.exit_code != 0 || !fs::exists(path)) {
    throw std::runtime_error("dev/kafka.sh: " + result.output);
  }
  return path;
}

bool is_free(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

// Two in a row, below those that the kernel gives away: a broker that was killed has to get its own
// back.
int lasting_ports() {
  std::random_device random;
  for (;;) {
    const int port = static_cast<int>(20000 + random() % 12000);
    if (is_free(port) && is_free(port + 1)) return port;
  }
}

void check(bool claim, const std::string& message) {
  if (!claim) throw std::runtime_error(message);
}

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

Client client_of(const std::string& bootstrap) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512] = "";
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), why, sizeof why);
  rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
  Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why), &rd_kafka_destroy);
  check(client != nullptr, std::string("rd_kafka_new: ") + why);
  return client;
}

void create_topic(const std::string& bootstrap, const std::string& name, int partitions,
                  const KafkaSettings& settings) {
  const Client client = client_of(bootstrap);
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, nullptr, 0);
  for (const auto& [key, value] : settings) {
    rd_kafka_NewTopic_set_config(topic, key.c_str(), value.c_str());
  }
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(
      rd_kafka_queue_new(client.get()), &rd_kafka_queue_destroy);
  rd_kafka_CreateTopics(client.get(), &topic, 1, nullptr, queue.get());
  rd_kafka_NewTopic_destroy(topic);
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(
      rd_kafka_queue_poll(queue.get(), 30'000), &rd_kafka_event_destroy);
  check(event != nullptr, "topic " + name + " was not created within 30 s");
  const rd_kafka_resp_err_t refused = rd_kafka_event_error(event.get());
  check(refused == RD_KAFKA_RESP_ERR_NO_ERROR,
        "creating a topic: " + std::string(rd_kafka_err2str(refused)));
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  const char* why = count == 1 ? rd_kafka_topic_result_error_string(results[0]) : "no answer";
  check(why == nullptr, "creating " + name + ": " + (why == nullptr ? "" : why));
}

}  // namespace

KafkaServer::KafkaServer(KafkaSettings properties)
    : properties_(std::move(properties)), port_(lasting_ports()) {
  fs::create_directories(directory_.path() + "/data");
  fs::copy_file(sources() + "/meta.properties", directory_.path() + "/data/meta.properties");
  const std::string broker = "PLAINTEXT://" + bootstrap();
  const std::string controller = "127.0.0.1:" + std::to_string(port_ + 1);
  properties_["log.dirs"] = directory_.path() + "/data";
  properties_["listeners"] = broker + ",CONTROLLER://" + controller;
  properties_["advertised.listeners"] = broker;
  properties_["controller.quorum.voters"] = "1@" + controller;
  start();
}

KafkaServer::~KafkaServer() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

KafkaServer& KafkaServer::shared() {
  static KafkaServer server;
  return server;
}

std::string KafkaServer::bootstrap() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void KafkaServer::start() {
  check(process_ <= 0, "the broker runs already");
  std::vector<std::string> argv{
      "java",        "@" + folder() + "/java.args",
      "-Xmx512m",    "-Dlog4j.configuration=file:" + sources() + "/log4j.properties",
      "kafka.Kafka", sources() + "/server.properties"};
  for (const auto& [key, value] : properties_) {
    argv.insert(argv.end(), {"--override", key + "=" + value});
  }
  const std::size_t log_size = log_after(0).size();
  process_ = start_command(argv, {::geteuid(), ::getegid()}, directory_.path() + "/log", SIGKILL);
  wait_until_ready(log_size);
}

void KafkaServer::wait_until_ready(std::size_t log_size) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (log_after(log_size).find(kReady) != std::string::npos) return;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string log = log_after(log_size);
  throw std::runtime_error("the broker did not start: " +
                           log.substr(log.size() - std::min<std::size_t>(log.size(), 3000)));
}

std::string KafkaServer::log_after(std::size_t size) const {
  std::ifstream log(directory_.path() + "/log", std::ios::binary);
  log.seekg(static_cast<std::streamoff>(size));
  std::ostringstream text;
  text << log.rdbuf();
  return text.str();
}

void KafkaServer::kill() {
  check(process_ > 0, "the broker does not run");
  ::kill(process_, SIGKILL);
  ::waitpid(std::exchange(process_, -1), nullptr, 0);
}

void KafkaServer::stop() {
  check(process_ > 0, "the broker does not run");
  ::kill(process_, SIGTERM);
  ::waitpid(std::exchange(process_, -1), nullptr, 0);
}

void KafkaServer::freeze() const {
  check(process_ > 0 && ::kill(process_, SIGSTOP) == 0, "the broker does not run");
}

void KafkaServer::thaw() const {
  check(process_ > 0 && ::kill(process_, SIGCONT) == 0, "the broker does not run");
}

std::string KafkaServer::new_topic(const std::string& stem, int partitions,
                                   const KafkaSettings& settings) const {
  static int count = 0;
  // One broker may be asked by several processes.
  const std::string name = stem + "-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  create_topic(bootstrap(), name, partitions, settings);
  return name;
}

std::vector<KafkaMessage> KafkaServer::read(const std::string& topic) const {
  return read_with_kcat(bootstrap(), topic, true);
}

std::vector<KafkaMessage> KafkaServer::read_uncommitted(const std::string& topic) const {
  return read_with_kcat(bootstrap(), topic, false);
}

}  // namespace slotcast::test
