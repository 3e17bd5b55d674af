#pragma once

#include <functional>
#include <optional>
#include <string>

#include "connectors/stage/s3/http.h"
#include "connectors/stage/s3/profile.h"
#include "connectors/stage/s3/settings.h"
#include "connectors/stage/s3/variables.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace slotcast::stage::s3 {

// Never printed: errors name where they came from, and nothing of them.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;        // temporary ones have one
  std::optional<WallTime> ends_at;  // when they have to be renewed, if it is known
};

// What the places where credentials may be need to look.
struct Search {
  const Settings& settings;
  const Variables& variables;
  const Profile& profile;
  Http& http;
};

// Each place answers nothing when it is not set up, and an error when it is and does not work:
// then no other place is tried, since another identity might do the wrong thing.
using Found = Result<std::optional<Credentials>>;

Found from_settings(const Search& search);
Found from_variables(const Search& search);
Found from_profile(const Search& search);
Found from_web_identity(const Search& search);
Found from_container(const Search& search);
Found from_instance(const Search& search);

// A role of the web identity token in a file, by STS.
Found assume_role(const Search& search, const std::string& role, const std::string& token_file);

// {"AccessKeyId": …, "SecretAccessKey": …, "Token": …, "Expiration": …} of a metadata service.
Result<Credentials> parse_credentials(const std::string& json);
// 2026-11-22T03:04:05Z. Corrupt for anything else.
Result<WallTime> parse_instant(const std::string& text);

// The credentials in force. Threads: one at a time.
class CredentialKeeper {
 public:
  CredentialKeeper(Settings settings, Variables variables, Http& http, Clock& clock);

  // Those at hand, or new ones when they end within minutes. If renewing fails for now, the old
  // ones serve to their end.
  Result<const Credentials*> current();
  // The server says that they have ended: the next call looks for others.
  void discard() { credentials_.reset(); }

 private:
  Result<Credentials> search();

  const Settings settings_;
  const Variables variables_;
  Http& http_;
  Clock& clock_;
  std::optional<Credentials> credentials_;
};

}  // namespace slotcast::stage::s3
