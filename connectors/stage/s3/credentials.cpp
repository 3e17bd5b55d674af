#include "connectors/stage/s3/credentials.h"

#include <array>
#include <cstdio>

namespace slotcast::stage::s3 {
namespace {

// As Amazon's own tools: they renew from fifteen minutes on, and insist from ten on.
constexpr Duration kRenewBefore = std::chrono::minutes(10);

using Place = Found (*)(const Search&);
constexpr std::array<Place, 6> kPlaces{from_settings,     from_variables, from_profile,
                                       from_web_identity, from_container, from_instance};

Found complete_pair(Credentials credentials, const std::string& place) {
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) {
    return std::optional<Credentials>();
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return invalid(place + " has only one of access key id and secret access key");
  }
  return std::optional<Credentials>(std::move(credentials));
}

}  // namespace

Found from_settings(const Search& search) {
  return complete_pair({search.settings.access_key_id, search.settings.secret_access_key,
                        search.settings.session_token, std::nullopt},
                       "the stage's s3");
}

Found from_variables(const Search& search) {
  // A profile that the configuration names means that one.
  if (!search.settings.profile.empty()) return std::optional<Credentials>();
  return complete_pair(
      {search.variables("AWS_ACCESS_KEY_ID"), search.variables("AWS_SECRET_ACCESS_KEY"),
       search.variables("AWS_SESSION_TOKEN"), std::nullopt},
      "the environment");
}

Found from_profile(const Search& search) {
  const Profile& profile = search.profile;
  const std::string place = "profile \"" + profile.name + "\"";
  if (!profile.value("role_arn").empty()) {
    if (!profile.value("web_identity_token_file").empty()) {
      return assume_role(search, profile.value("role_arn"),
                         profile.value("web_identity_token_file"));
    }
    return invalid(place + " assumes a role, which is supported with web_identity_token_file only");
  }
  auto found =
      complete_pair({profile.value("aws_access_key_id"), profile.value("aws_secret_access_key"),
                     profile.value("aws_session_token"), std::nullopt},
                    place);
  if (found.ok() && !found.value() && profile.is_asked_for) {
    return invalid(place +
                   " has no aws_access_key_id; credential_process and sso are not "
                   "supported");
  }
  return found;
}

CredentialKeeper::CredentialKeeper(Settings settings, Variables variables, Http& http, Clock& clock)
    : settings_(std::move(settings)),
      variables_(std::move(variables)),
      http_(http),
      clock_(clock) {}

Result<const Credentials*> CredentialKeeper::current() {
  const bool is_ending = credentials_ && credentials_->ends_at &&
                         *credentials_->ends_at - clock_.wall() < kRenewBefore;
  if (!credentials_ || is_ending) {
    auto found = search();
    if (found.ok()) {
      credentials_ = std::move(found).value();
    } else if (!is_ending || *credentials_->ends_at <= clock_.wall()) {
      return found.error().prefixed("credentials for S3");
    }
  }
  return &*credentials_;
}

Result<Credentials> CredentialKeeper::search() {
  TRY_ASSIGN(const Profile profile, read_profile(settings_, variables_));
  const Search search{settings_, variables_, profile, http_};
  for (const Place place : kPlaces) {
    TRY_ASSIGN(std::optional<Credentials> found, place(search));
    if (found) return *std::move(found);
  }
  return invalid(
      "none in the stage's s3, in AWS_ACCESS_KEY_ID, in ~/.aws, of a web identity "
      "(AWS_WEB_IDENTITY_TOKEN_FILE), nor of this container or machine");
}

Result<WallTime> parse_instant(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, end = 0;
  const int read = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n",  // NOLINT: all checked
                               &year, &month, &day, &hour, &minute, &second, &end);
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  std::string rest = read == 6 ? text.substr(static_cast<std::size_t>(end)) : "";
  // Fractions of a second do not matter to what lasts for hours.
  if (rest.starts_with('.')) rest.erase(0, std::min(rest.find('Z'), rest.size()));
  if ((rest != "Z" && rest != "+00:00") || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return corrupt("not an instant: \"" + text + "\"");
  }
  return WallTime(std::chrono::sys_days(date) + std::chrono::hours(hour) +
                  std::chrono::minutes(minute) + std::chrono::seconds(second));
}

}  // namespace slotcast::stage::s3
