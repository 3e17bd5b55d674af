#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "lib/base/clock.h"

namespace slotcast::stage::s3 {

// `s3:` of a stage whose url is s3://bucket/prefix. What is empty is looked for where Amazon's own
// tools look: variables of the environment, then ~/.aws.
struct Settings {
  std::string endpoint;  // https://host[:port] of a server that is not Amazon's
  std::string region;
  std::string path_style = "auto";  // auto: for a bucket with a dot, or an endpoint of one's own
  std::string profile;              // of ~/.aws/credentials and ~/.aws/config
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string ca_file;  // certificates that sign the endpoint's; empty: the system's
  Duration connect_timeout = std::chrono::seconds(10);
  Duration stall_timeout = std::chrono::seconds(30);    // not a kilobyte a second for so long
  Duration request_timeout = std::chrono::minutes(15);  // one request as a whole
  std::size_t buffer_bytes_max = 128ull << 20;          // of all unfinished objects together
};

}  // namespace slotcast::stage::s3
