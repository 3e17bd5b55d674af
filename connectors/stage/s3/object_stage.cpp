#include "connectors/stage/s3/object_stage.h"

#include <algorithm>

#include "connectors/stage/s3/uri.h"
#include "lib/base/diag.h"

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kBufferBytesMin = 128 << 10;

// Each costs a request when a batch is given up.
constexpr std::size_t kDoubtfulMax = 100;

std::string lines_of(const std::set<std::string>& keys) {
  std::string list;
  for (const std::string& key : keys) list += uri_encode(key, true) + "\n";
  return list;
}

// Two numbers: a mark tells our object from any other that ever had its name.
std::string random_mark(Random& random) {
  return std::to_string(random.next()) + "-" + std::to_string(random.next());
}

// Amazon's command line takes its certificates from here, too.
Settings with_certificates(Settings settings, const Variables& variables) {
  if (settings.ca_file.empty()) settings.ca_file = variables("AWS_CA_BUNDLE");
  return settings;
}

}  // namespace

Status check(const Location& location, const Settings& settings, const Variables& variables) {
  TRY(address_of(location, settings, variables).status());
  if (settings.access_key_id.empty() != settings.secret_access_key.empty()) {
    return invalid("s3 has only one of access_key_id and secret_access_key");
  }
  if (!settings.session_token.empty() && settings.access_key_id.empty()) {
    return invalid("s3 has a session_token, and no access_key_id and secret_access_key");
  }
  for (const Duration limit :
       {settings.connect_timeout, settings.stall_timeout, settings.request_timeout}) {
    if (limit < std::chrono::seconds(1)) return invalid("a timeout of s3 is at least 1s");
  }
  if (settings.buffer_bytes_max < kBufferBytesMin) {
    return invalid("buffer_size of s3 is at least 128KiB");
  }
  return {};
}

Result<std::unique_ptr<ObjectStage>> ObjectStage::make(const std::string& url,
                                                       const std::string& owner, Settings settings,
                                                       Variables variables, Clock& clock,
                                                       Random& random) {
  TRY_ASSIGN(const Location location, parse_location(url));
  TRY_ASSIGN(Address address, address_of(location, settings, variables));
  return std::unique_ptr<ObjectStage>(
      new ObjectStage(location, std::move(address), owner,
                      with_certificates(std::move(settings), variables), variables, clock, random));
}

ObjectStage::ObjectStage(const Location& location, Address address, const std::string& owner,
                         Settings settings, Variables variables, Clock& clock, Random& random)
    : settings_(std::move(settings)),
      prefix_(location.prefix),
      own_(location.prefix + ".slotcast/" + owner + "/"),
      random_(random),
      http_(settings_),
      credentials_(settings_, std::move(variables), http_, clock),
      bucket_(std::move(address), credentials_, http_) {}

Status ObjectStage::ask() {
  return bucket_.get(own_ + "id").status();
}

Status ObjectStage::open() {
  TRY_ASSIGN(auto known, bucket_.get(own_ + "id"));
  if (!known) {
    // Somebody else may have been faster: what is there counts.
    TRY(bucket_.put_if_absent(own_ + "id", random_mark(random_)).status());
    TRY_ASSIGN(known, bucket_.get(own_ + "id"));
  }
  if (!known || known->empty()) return invalid(own_ + "id cannot be written and read again");
  identity_ = *known;
  TRY(claim());
  return probe_conditional();
}

Status ObjectStage::claim() {
  if (!writer_.empty()) return check_writer();
  std::string writer = random_mark(random_);
  TRY(bucket_.put(own_ + "writer", writer));
  writer_ = std::move(writer);
  return {};
}

Status ObjectStage::check_writer() {
  TRY_ASSIGN(const auto writer, bucket_.get(own_ + "writer"));
  if (writer && *writer == writer_) return {};
  return invalid("another process has opened " + own_ +
                 " too: give one of them another name for its pipeline or sink, or another prefix");
}

// Writes what is there already: harmless where the server ignores the condition.
Status ObjectStage::probe_conditional() {
  TRY_ASSIGN(const Completion completion, bucket_.put_if_absent(own_ + "id", identity_));
  is_conditional_ = completion == Completion::NameTaken;
  return {};
}

ObjectWriter& ObjectStage::start(const std::string& path) {
  writers_.push_back(std::make_unique<ObjectWriter>(bucket_, prefix_ + path, random_mark(random_)));
  return *writers_.back();
}

Status ObjectStage::append(ObjectWriter& writer, std::string_view bytes) {
  ENSURE(!writer.is_finished());
  writer.append(bytes);
  buffered_bytes_ += bytes.size();
  return writer.is_part_due() ? send_part(writer) : Status();
}

Status ObjectStage::send_part(ObjectWriter& writer) {
  TRY(announce());
  const std::size_t bytes = writer.buffered_bytes();
  TRY(note_doubt(writer, writer.send_part()));
  buffered_bytes_ -= bytes;
  return {};
}

Status ObjectStage::note_doubt(const ObjectWriter& writer, Status sent) {
  if (!sent.ok() && !writer.has_begun()) {
    doubtful_.push_back(writer.key());
    if (doubtful_.size() > kDoubtfulMax) doubtful_.pop_front();
  }
  return sent;
}

Result<ObjectWriter*> ObjectStage::make_room() {
  while (buffered_bytes_ > settings_.buffer_bytes_max) {
    ObjectWriter& largest = **std::max_element(
        writers_.begin(), writers_.end(),
        [](const auto& a, const auto& b) { return a->buffered_bytes() < b->buffered_bytes(); });
    if (largest.buffered_bytes() < kPartBytesMin) return &largest;
    TRY(send_part(largest));
  }
  return nullptr;
}

Status ObjectStage::finish(ObjectWriter& writer) {
  TRY(announce());
  const std::size_t bytes = writer.buffered_bytes();
  TRY(note_doubt(writer, writer.finish()));
  buffered_bytes_ -= bytes;
  return {};
}

Status ObjectStage::discard(ObjectWriter& writer) {
  buffered_bytes_ -= writer.buffered_bytes();
  return writer.discard();
}

// Before any upload of a key begins, so that a crash leaves none that nobody knows of.
Status ObjectStage::announce() {
  bool is_known = true;
  for (const auto& writer : writers_) {
    is_known = !announced_.insert(writer->key()).second && is_known;
  }
  if (is_known) return {};
  std::set<std::string> keys = announced_;
  keys.insert(doubtful_.begin(), doubtful_.end());
  return bucket_.put(own_ + "uploads", lines_of(keys));
}

Status ObjectStage::commit(const PreparedObject& object) {
  const UnfinishedUpload upload{object.key, object.upload_id};
  TRY_ASSIGN(const auto parts, bucket_.parts_of(upload));
  if (!parts) return settle_gone(object);
  if (parts->size() != object.parts || checksum_of(*parts) != object.checksum) {
    return corrupt(object.key + ": the server has other parts than were uploaded");
  }
  return complete(object, *parts);
}

Status ObjectStage::complete(const PreparedObject& object, const std::vector<Part>& parts) {
  const UnfinishedUpload upload{object.key, object.upload_id};
  if (!is_conditional_) {
    TRY_ASSIGN(const auto there, bucket_.facts(object.key));
    if (there) return settle_taken(object);
  }
  TRY_ASSIGN(const Completion completion, bucket_.complete(upload, parts, is_conditional_));
  switch (completion) {
    case Completion::Done:
      return {};
    case Completion::NoUpload:  // an earlier completion was still under way
      return settle_gone(object);
    case Completion::NameTaken:
      return settle_taken(object);
    case Completion::Unsupported:
      break;
  }
  if (!is_conditional_) return invalid(object.key + ": the server cannot complete an upload");
  is_conditional_ = false;  // of objects, but not of uploads: look before each
  return complete(object, parts);
}

// Completed by an earlier call, and perhaps moved on by whoever loads it.
Status ObjectStage::settle_gone(const PreparedObject& object) {
  TRY(check_writer());
  TRY_ASSIGN(const auto there, bucket_.facts(object.key));
  if (there && there->mark == object.mark) return {};
  diag::warning("stage",
                "an object that was uploaded is not in its place: whoever loads it has moved it. "
                "If nobody has, the bucket's lifecycle took its upload away, and its rows are lost",
                {{"object", object.key}, {"bytes", std::to_string(object.bytes)}});
  return {};
}

// The upload is unfinished, and something is at its name.
Status ObjectStage::settle_taken(const PreparedObject& object) {
  TRY_ASSIGN(const auto there, bucket_.facts(object.key));
  if (there && there->mark == object.mark && there->bytes == object.bytes) return {};
  if (!there) return transient(object.key + " was taken and is free again");
  return invalid(object.key + " exists already and is not overwritten: somebody else writes here");
}

Result<std::set<std::string>> ObjectStage::announced() {
  TRY_ASSIGN(const auto list, bucket_.get(own_ + "uploads"));
  std::set<std::string> keys;
  std::string_view rest = list ? std::string_view(*list) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    TRY_ASSIGN(std::string key, uri_decode(rest.substr(0, end)));
    keys.insert(std::move(key));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return keys;
}

Status ObjectStage::abort() {
  forget();
  const std::set<std::string> doubtful(doubtful_.begin(), doubtful_.end());
  TRY_ASSIGN(std::set<std::string> keys, announced());
  const bool is_known = keys == doubtful;
  keys.insert(doubtful.begin(), doubtful.end());
  for (const std::string& key : keys) {
    // Each by its whole name, since some servers list no uploads by the beginning of a name.
    TRY_ASSIGN(const auto uploads, bucket_.uploads(key));
    for (const UnfinishedUpload& upload : uploads) {
      if (upload.key == key) TRY(bucket_.abort(upload));
    }
  }
  return is_known ? Status() : bucket_.put(own_ + "uploads", lines_of(doubtful));
}

void ObjectStage::forget() {
  writers_.clear();
  announced_.clear();
  buffered_bytes_ = 0;
}

Result<bool> ObjectStage::exists(const std::string& path) {
  TRY_ASSIGN(const auto there, bucket_.facts(prefix_ + path));
  return there.has_value();
}

Result<std::optional<std::string>> ObjectStage::read(const std::string& path) {
  return bucket_.get(prefix_ + path);
}

Status ObjectStage::write(const std::string& path, std::string_view text) {
  return bucket_.put(prefix_ + path, text);
}

}  // namespace slotcast::stage::s3
