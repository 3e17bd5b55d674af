#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "connectors/stage/s3/settings.h"
#include "connectors/stage/s3/variables.h"
#include "tests/support/temp_dir.h"

namespace slotcast::test {

// An S3 server of one test, as dev/s3_server.sh installs it: it checks signatures and checksums.
// Its buckets are directories, so that a test can look without asking it. Throws when it cannot
// run: a test that needs it then fails.
class S3Server {
 public:
  // With a certificate of its own when `tls`.
  explicit S3Server(bool tls = false);
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  int port() const { return port_; }
  std::string url() const;
  // The file that TLS clients have to trust.
  std::string certificate() const { return directory_.path() + "/certificate.pem"; }

  // Keys that are right, for this server or another address of it.
  stage::s3::Settings settings(const std::string& url) const;
  stage::s3::Settings settings() const { return settings(url()); }

  static constexpr const char* kBucket = "bucket";
  // The objects' names in order, without what begins with .slotcast; those of one folder, which
  // ends with '/', or all.
  std::vector<std::string> objects(const std::string& folder = "") const;
  // The names of unfinished uploads that begin so, as the server's own disk has them.
  std::vector<std::string> unfinished(const std::string& prefix) const;
  std::string content(const std::string& key) const;
  void remove(const std::string& key) const;
  // Other clients see it; the server's "only if nothing is there" does not.
  void put(const std::string& key, const std::string& text) const;

 private:
  void make_certificate() const;
  void wait_until_ready();

  TempDir directory_;
  const bool tls_;
  const int port_;
  pid_t process_ = -1;
};

// The environment of a machine where nothing is set up.
stage::s3::Variables no_variables();

}  // namespace slotcast::test
