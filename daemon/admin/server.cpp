#include "daemon/admin/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
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

std::string_view text_of(boost::string_view text) {
  return {text.data(), text.size()};
}

// An order, or why it is none. A page in a browser cannot send this content type to another origin
// without asking first, which is not answered.
std::optional<Order> take_order(const Request& request, bool is_local, Answer& refused) {
  if (!is_local) {
    refused = {403, refused.type, "orders are taken from this machine only\n"};
    return std::nullopt;
  }
  if (!text_of(request[http::field::content_type]).starts_with("application/json")) {
    refused = {415, refused.type, "the content type must be application/json\n"};
    return std::nullopt;
  }
  bool is_known = false;
  auto order = parse_order(text_of(request.target()), request.body(), is_known);
  if (order.ok()) return std::move(order).value();
  refused = is_known ? Answer{400, refused.type, order.error().what + "\n"}
                     : Answer{405, refused.type, "only GET and HEAD; / lists the orders\n"};
  return std::nullopt;
}

Response respond(const Request& request, Answer made) {
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
  asio::thread_pool workers{4};  // for orders: one waits, the others are told so
  tcp::acceptor acceptor{context};
  int connections = 0;

  std::string host;
  std::function<Snapshot()> take;
  CarryOut carry_out;

  asio::awaitable<Answer> make_answer(const Request& request, bool is_local);
  asio::awaitable<void> serve(beast::tcp_stream stream);
  asio::awaitable<void> accept();
};

asio::awaitable<Answer> Server::State::make_answer(const Request& request, bool is_local) {
  Answer made;
  if (!is_own_host(text_of(request[http::field::host]), host)) {
    co_return Answer{421, made.type, "wrong Host header\n"};
  }
  if (request.method() == http::verb::get || request.method() == http::verb::head) {
    co_return answer(text_of(request.target()), take());
  }
  if (request.method() != http::verb::post) {
    co_return Answer{405, made.type, "only GET, HEAD and POST\n"};
  }
  const auto order = take_order(request, is_local, made);
  if (!order) co_return made;
  const auto carry = [this, order = *order]() -> asio::awaitable<Answer> {
    co_return carry_out(order);
  };
  co_return co_await asio::co_spawn(workers, carry, asio::use_awaitable);
}

asio::awaitable<void> Server::State::serve(beast::tcp_stream stream) {
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
    stream.expires_never();
    beast::error_code unknown;
    const auto peer = stream.socket().remote_endpoint(unknown).address();
    const bool is_local = !unknown && peer.is_loopback();
    Response response = respond(parser.get(), co_await make_answer(parser.get(), is_local));
    const bool keep = response.keep_alive();
    stream.expires_after(kIdleTimeout);
    co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
    if (!keep) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_both, error);
  --connections;
}

asio::awaitable<void> Server::State::accept() {
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
    asio::co_spawn(context, serve(beast::tcp_stream(std::move(socket))), asio::detached);
  }
}

Server::Server(std::string host, unsigned short port, std::function<Snapshot()> take,
               CarryOut carry_out)
    : host_(std::move(host)),
      port_(port),
      take_(std::move(take)),
      carry_out_(std::move(carry_out)) {}

Server::~Server() {
  stop();
}

Status Server::start() {
  state_ = std::make_unique<State>();
  state_->host = host_;
  state_->take = take_;
  state_->carry_out = carry_out_;
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
  asio::co_spawn(state_->context, state_->accept(), asio::detached);
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
  state_->workers.join();
}

}  // namespace slotcast::admin
