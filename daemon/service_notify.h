#pragma once

#include <string>

namespace slotcast {

// Tells systemd how the service stands (sd_notify(3), protocol over $NOTIFY_SOCKET). Does nothing
// without one. Errors are ignored: the service manager's ear is not part of the data's way.
class ServiceNotify {
 public:
  ServiceNotify();
  ~ServiceNotify();
  ServiceNotify(const ServiceNotify&) = delete;
  ServiceNotify& operator=(const ServiceNotify&) = delete;

  void ready() const { send("READY=1"); }
  void stopping() const { send("STOPPING=1"); }
  void watchdog() const { send("WATCHDOG=1"); }

 private:
  void send(const std::string& message) const;

  int socket_ = -1;
};

}  // namespace slotcast
