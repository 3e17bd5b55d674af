#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>
#include <string_view>

// What librdkafka says beside the results of calls, in words for who is called at night: which
// broker or topic it is, what is wrong with it, and which setting or right that is about. Pure.

namespace slotcast::kafka {

struct Trouble {
  std::string about;  // a broker or a topic: the newest trouble of each counts
  std::string what;   // "broker kafka1:9092: connection refused"
  // Trying again will not help: a name, a certificate, a password, a right.
  bool is_lasting = false;
  // A connection was closed that had been of use: librdkafka makes another at once, and when it
  // cannot, that is a trouble of its own.
  bool is_passing = false;
};

// What is known beside.
struct Known {
  std::string certificate;      // what is wrong with the broker's; see explain_certificate()
  bool has_worked = false;      // with these settings
  bool has_certificate = true;  // of our own, to show
  bool has_tokens = false;      // instead of a user and password
};

// Of what librdkafka's error callback is told.
Trouble explain(rd_kafka_resp_err_t code, std::string_view reason, const Known& known = {});

// Of a line of librdkafka's log; nothing when a result says the same, or nothing is wrong.
std::optional<Trouble> explain_line(std::string_view facility, std::string_view line);

// Why librdkafka gave up a transaction, of a line of its log; empty when it is not about that.
std::string reason_of_line(std::string_view facility, std::string_view line);

// Of what OpenSSL found wrong with a broker's certificate (X509_V_ERR_…).
std::string explain_certificate(int x509_error);

// "we may not write to it: grant Write on it", or librdkafka's words for the code.
std::string explain_delivery(rd_kafka_resp_err_t code);

// It says that something failed, not why: what else is known tells more.
bool is_vague(rd_kafka_resp_err_t code);

}  // namespace slotcast::kafka
