#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connectors/stage/s3/bucket.h"
#include "connectors/stage/s3/object_writer.h"
#include "connectors/stage/s3/prepared_object.h"
#include "connectors/stage/s3/settings.h"
#include "connectors/stage/s3/variables.h"
#include "lib/base/random.h"

// A stage in a bucket: objects that are visible only when they are whole.
//
// Each object is a multipart upload from its first byte, small ones too: parts survive any crash of
// ours and are invisible, and completing the upload is one atomic step. finish() has all parts at
// the server; commit() completes, never over an existing object.
//
// commit() always asks first whether the upload still exists. One that is gone was completed, since
// nobody but us ends our uploads: Amazon would answer a second completion with 200, whatever has
// become of the object. A loader may have moved it. A rule of the bucket's lifecycle that aborts
// unfinished uploads has to wait longer than slotcast may stand still: with the upload it takes
// away data that was not visible yet. Nothing is left that would tell the two apart; where the
// object is not in its place, a warning names it.
//
// Nobody but us: a second process under the same names, such as a copy of a configuration, would
// abort the first one's uploads. `writer` beside the identity names the process that opened the
// stage last, and one that finds another there stops rather than take a lost upload for done.
//
// As on a disk that holds only as long as it is the same bucket: <prefix>.slotcast/<owner>/id has
// the stage's identity. Beside it `uploads` names the keys that may have unfinished uploads of this
// owner: a list of uploads shows neither metadata nor whose they are, and those of others under the
// same prefix are not ours to abort.

namespace slotcast::stage::s3 {

// What can be said of the settings without a request.
Status check(const Location& location, const Settings& settings, const Variables& variables);

class ObjectStage {
 public:
  // `owner` is a name for a path, one for each pipeline and sink. Invalid when settings or the
  // environment cannot be right. Nothing is sent yet.
  static Result<std::unique_ptr<ObjectStage>> make(const std::string& url, const std::string& owner,
                                                   Settings settings, Variables variables,
                                                   Clock& clock, Random& random);

  // Whether the bucket is there and may be read with these credentials; changes nothing.
  Status ask();
  // Proves that the bucket is there, may be written, and which stage it is. Invalid when another
  // process has opened it since this one did.
  Status open();
  const std::string& identity() const { return identity_; }
  // Whether the server refuses to overwrite, rather than this program looking before it writes.
  bool is_conditional() const { return is_conditional_; }

  // A new object at `path`, relative to the stage; lives until forget(), abort() or close. Nothing
  // is sent before there is a part.
  ObjectWriter& start(const std::string& path);
  // Adds to an unfinished object.
  Status append(ObjectWriter& writer, std::string_view bytes);
  // Keeps what all objects hold in memory within bounds. Null when it is; otherwise the object to
  // finish now, since what it holds is too little for a part that others may follow.
  Result<ObjectWriter*> make_room();
  // All of it is at the server.
  Status finish(ObjectWriter& writer);
  // Takes away what is at the server of it. Nothing else may be done with it then.
  Status discard(ObjectWriter& writer);
  // Makes it visible. Calling it again, also in a later process, does no harm.
  Status commit(const PreparedObject& object);
  // Forgets what was started, and takes away every unfinished upload of this owner, also those of
  // an earlier process.
  Status abort();
  // Forgets what was started, without the server.
  void forget();

  // Small objects beside them, such as a manifest; `path` as above.
  Result<bool> exists(const std::string& path);
  Result<std::optional<std::string>> read(const std::string& path);
  Status write(const std::string& path, std::string_view text);

 private:
  ObjectStage(const Location& location, Address address, const std::string& owner,
              Settings settings, Variables variables, Clock& clock, Random& random);

  Status probe_conditional();
  Status claim();
  Status check_writer();
  Status announce();
  Status send_part(ObjectWriter& writer);
  Status note_doubt(const ObjectWriter& writer, Status sent);
  Result<std::set<std::string>> announced();
  Status complete(const PreparedObject& object, const std::vector<Part>& parts);
  Status settle_gone(const PreparedObject& object);
  Status settle_taken(const PreparedObject& object);

  const Settings settings_;
  const std::string prefix_;
  const std::string own_;  // where this owner's own small objects are
  Random& random_;
  Http http_;
  CredentialKeeper credentials_;
  Bucket bucket_;
  std::string identity_;
  std::string writer_;  // this process, once it has opened the stage
  bool is_conditional_ = true;
  std::vector<std::unique_ptr<ObjectWriter>> writers_;
  std::set<std::string> announced_;  // keys that the server's list of them has, of this batch
  // Keys whose upload got no answer when it was begun: the server may begin it later than any look
  // for it, so that every abort of this process looks again, and the first one of the next.
  std::deque<std::string> doubtful_;
  std::size_t buffered_bytes_ = 0;
};

}  // namespace slotcast::stage::s3
