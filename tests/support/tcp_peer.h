#pragma once

#include <string>
#include <string_view>

namespace slotcast::test {

// A port on loopback that nobody listened on a moment ago.
unsigned short free_port();

// A client that may behave as badly as it likes: it sends bytes, not requests.
class TcpPeer {
 public:
  // The test ends when nobody listens.
  explicit TcpPeer(unsigned short port);
  ~TcpPeer();
  TcpPeer(TcpPeer&& other) noexcept;
  TcpPeer& operator=(TcpPeer&&) = delete;

  // False when the other side has closed.
  bool send(std::string_view bytes) const;
  // Everything until the other side closes; ends early after `milliseconds` without a byte.
  std::string receive_all(int milliseconds = 5000);
  // The same, but ends as soon as `bytes` have come.
  std::string receive(std::size_t bytes, int milliseconds = 5000);
  // After receive_all(): the other side closed, it did not only fall silent.
  bool is_closed() const { return closed_; }

 private:
  int socket_ = -1;
  bool closed_ = false;
};

}  // namespace slotcast::test
