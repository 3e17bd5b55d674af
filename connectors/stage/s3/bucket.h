#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/stage/s3/credentials.h"
#include "connectors/stage/s3/http.h"
#include "connectors/stage/s3/region.h"

namespace slotcast::stage::s3 {

struct Part {
  int number = 0;
  std::string etag;
  std::uint64_t bytes = 0;
  std::string crc32c;  // in base64; "" where the server keeps none
};

struct UnfinishedUpload {
  std::string key;
  std::string id;
};

struct ObjectFacts {
  std::uint64_t bytes = 0;
  std::string mark;  // as create_upload() was given it; "" for an object of somebody else
};

enum class Completion {
  Done,
  NoUpload,     // completed or aborted before
  NameTaken,    // an object is there, and was not overwritten
  Unsupported,  // the server has no "only if nothing is there"
};

// The requests to one bucket, each sent once, but for one that meets ended credentials. A Transient
// error leaves open whether the server has acted. Threads: one at a time.
class Bucket {
 public:
  Bucket(Address address, CredentialKeeper& credentials, Http& http)
      : address_(std::move(address)), credentials_(credentials), http_(http) {}

  // A multipart upload; its id. `mark` stays with the object.
  Result<std::string> create_upload(const std::string& key, const std::string& mark);
  // The server proves by CRC-32C that it got these bytes; Corrupt when it got others.
  Result<Part> put_part(const UnfinishedUpload& upload, int number, std::string_view bytes);
  // In order; nothing when there is no such upload (any more).
  Result<std::optional<std::vector<Part>>> parts_of(const UnfinishedUpload& upload);
  Result<Completion> complete(const UnfinishedUpload& upload, const std::vector<Part>& parts,
                              bool only_if_absent);
  // One that is gone already is fine.
  Status abort(const UnfinishedUpload& upload);
  // Of all keys that begin with `prefix`, whoever began them.
  Result<std::vector<UnfinishedUpload>> uploads(const std::string& prefix);

  // Nothing when there is no such object.
  Result<std::optional<ObjectFacts>> facts(const std::string& key);
  Result<std::optional<std::string>> get(const std::string& key);
  Status put(const std::string& key, std::string_view text);
  // NameTaken, and nothing written, when there is such an object already.
  Result<Completion> put_if_absent(const std::string& key, std::string_view text);

 private:
  Result<Response> send(Request request, const std::string& key, const std::string& query);
  Status abort_others(const UnfinishedUpload& ours);
  Result<Response> put_text(const std::string& key, std::string_view text, bool only_if_absent);

  const Address address_;
  CredentialKeeper& credentials_;
  Http& http_;
};

}  // namespace slotcast::stage::s3
