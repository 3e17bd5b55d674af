#include "daemon/admin/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>

#include "daemon/admin/routes.h"
#include "lib/base/diag.h"
#include "lib/base/thread.h"

namespace slotcast::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;
constexpr std::uint64_t kBodyBytesMax = 64 * 1024;
constexpr int kConnectionsMax = 64;
constexpr auto kHeaderTimeout = std::chrono::seconds(5);
constexpr auto kIdleTimeout = std::chrono::seconds(30);
// Between attempts to accept while there are no file descriptors left: the waiting connection
// stays in the kernel's queue, so that an attempt without a pause would be made again at once.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// A page of another origin must not reach us under a name that resolves to loopback.
bool is_own_host(std::string_view host, const std::string& listen_host) {
  const std::size_t name_end = host.starts_with("[") ? host.find(']') : 0;
  host = host.substr(0, host.find(':', name_end));
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == listen_host ||
         host == "[" + listen_host + "]";
}

Response respond(const Request& request, const std::string& listen_host,
                 const std::function<Snapshot()>& take) {
  Answer made;
  const std::string_view host(request[http::field::host].data(), request[http::field::host].size());
  const bool is_read = request.method() == http::verb::get || request.method() == http::verb::head;
  if (!is_own_host(host, listen_host)) {
    made = {421, made.type, "wrong Host header\n"};
  } else if (!is_read) {
    made = {405, made.type, "only GET and HEAD\n"};
  } else {
    made = answer({request.target().data(), request.target().size()}, take());
  }
  Response response(static_cast<http::status>(made.status), request.version());
  response.set(http::field::content_type, made.type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  if (made.status == 405) response.set(http::field::allow, "GET, HEAD");
  response.keep_alive(request.keep_alive());
  response.body() = std::move(made.body);
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

}  // namespace

struct Server::State {
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  int connections = 0;

  asio::awaitable<void> serve(beast::tcp_stream stream, std::string host,
                              std::function<Snapshot()> take);
  asio::awaitable<void> accept(std::string host, std::function<Snapshot()> take);
};

asio::awaitable<void> Server::State::serve(beast::tcp_stream stream, std::string host,
                                           std::function<Snapshot()> take) {
  beast::flat_buffer buffer;
  beast::error_code error;
  while (!error) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(kBodyBytesMax);
    if (buffer.size() == 0) {
      stream.expires_after(kIdleTimeout);
      const std::size_t got = co_await stream.async_read_some(
          buffer.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
      buffer.commit(got);
      if (error) break;
    }
    stream.expires_after(kHeaderTimeout);
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    Response response = respond(parser.get(), host, take);
    const bool keep = response.keep_alive();
    stream.expires_after(kIdleTimeout);
    co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
    if (!keep) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_both, error);
  --connections;
}

asio::awaitable<void> Server::State::accept(std::string host, std::function<Snapshot()> take) {
  beast::error_code error;
  asio::steady_timer pause(context);
  while (acceptor.is_open()) {
    tcp::socket socket =
        co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (connections >= kConnectionsMax) continue;
    ++connections;
    asio::co_spawn(context, serve(beast::tcp_stream(std::move(socket)), host, take),
                   asio::detached);
  }
}

Server::Server(std::string host, unsigned short port, std::function<Snapshot()> take)
    : host_(std::move(host)), port_(port), take_(std::move(take)) {}

Server::~Server() {
  stop();
}

Status Server::start() {
  state_ = std::make_unique<State>();
  beast::error_code error;
  const auto address = asio::ip::make_address(host_ == "localhost" ? "127.0.0.1" : host_, error);
  const tcp::endpoint endpoint(address, port_);
  if (!error) state_->acceptor.open(endpoint.protocol(), error);
  if (!error) state_->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state_->acceptor.bind(endpoint, error);
  if (!error) state_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    const std::string what =
        "admin.listen: cannot listen on " + host_ + ":" + std::to_string(port_) + ": ";
    // A port may be free again in a moment: the service manager tries again.
    if (error == asio::error::address_in_use) {
      return transient(what + "another process has the port");
    }
    return invalid(what + error.message());
  }
  asio::co_spawn(state_->context, state_->accept(host_, take_), asio::detached);
  thread_ = std::thread([this] {
    name_thread("admin");
    state_->context.run();
  });
  diag::info("admin", "listening", {{"address", host_ + ":" + std::to_string(port_)}});
  return {};
}

void Server::stop() {
  if (!thread_.joinable()) return;
  state_->context.stop();
  thread_.join();
}

}  // namespace slotcast::admin
