// A TCP connection that may misbehave: tests of the server's limits write what no client library
// would.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

namespace mcunas {

class RawConnection {
 public:
  explicit RawConnection(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawConnection() { close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool connected() const { return connected_; }

  // false: the peer has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Everything until the peer closes or the limit; `*closed` says which.
  std::string ReceiveAll(std::chrono::milliseconds limit, bool* closed = nullptr) {
    std::string text;
    char piece[4096];
    const auto end = std::chrono::steady_clock::now() + limit;
    if (closed != nullptr) *closed = false;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd wait{socket_, POLLIN, 0};
      if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return text;
      const ssize_t got = recv(socket_, piece, sizeof(piece), 0);
      if (got <= 0) {
        if (closed != nullptr) *closed = true;
        return text;
      }
      text.append(piece, static_cast<size_t>(got));
    }
  }

 private:
  int socket_;
  bool connected_ = false;
};

}  // namespace mcunas
