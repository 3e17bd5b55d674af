#include "connectors/stage/stage_sink.h"

#include <algorithm>
#include <cstdio>

#include "connectors/stage/strftime.h"
#include "lib/sink/encode/csv_row.h"
#include "lib/sink/encode/json_row.h"

namespace slotcast::stage {
namespace {

constexpr std::size_t kBufferBytes = 128 * 1024;
// A batch over very many tables must neither run out of descriptors nor hold all its buffers.
constexpr std::size_t kOpenFilesMax = 128;
constexpr std::size_t kBufferedBytesMax = kOpenFilesMax * kBufferBytes;
constexpr int kNameAttempts = 8;

std::string sixteen_digits(std::uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return digits;
}

std::unique_ptr<sink::RowEncoder> make_encoder(const Options& options) {
  if (options.format == Format::Csv) return std::make_unique<sink::CsvRowEncoder>(options.csv);
  return std::make_unique<sink::JsonRowEncoder>(options.jsonl);
}

}  // namespace

StageSink::StageSink(std::unique_ptr<Place> place, Pattern pattern, const Options& options,
                     const sink::Environment& environment)
    : place_(std::move(place)),
      pattern_(std::move(pattern)),
      options_(options),
      environment_(environment),
      acceptance_(options.mode, options.not_null),
      definitions_(*place_),
      tools_{make_compressor(options.compress), {}},
      encoder_(make_encoder(options)) {}

Status StageSink::open() {
  return place_->open();
}

Result<StageFile*> StageSink::file_for(const sink::Row& row) {
  const Relation& relation = *row.change->relation;
  const std::string_view name = row.target == nullptr ? std::string_view() : *row.target;
  if (last_file_ != nullptr && relation.version == last_version_ && name == last_name_) {
    return last_file_;
  }
  const std::string table(name.empty() ? relation.table : name);
  TRY(note_version(relation, table));
  TargetKey key{relation.schema, table, definitions_.version_of(relation)};
  auto found = files_.find(key);
  if (found == files_.end()) {
    TRY_ASSIGN(auto file, begin_file({relation.schema, table, environment_.sink}, relation));
    found = files_.emplace(std::move(key), std::move(file)).first;
  }
  last_version_ = relation.version;
  last_name_ = name;
  last_file_ = found->second.get();
  return last_file_;
}

// A table whose columns change, and perhaps back again, goes on in files that begin behind it: who
// takes a target's files by their first positions has its rows in order.
Status StageSink::note_version(const Relation& relation, const std::string& table) {
  const std::string& version = definitions_.version_of(relation);
  std::string& last = versions_[{relation.id.oid, relation.schema, table}];
  const bool is_changed = !last.empty() && last != version;
  last = version;
  if (!is_changed) return {};
  last_file_ = nullptr;
  for (auto each = files_.begin(); each != files_.end();) {
    const auto& [schema, target, columns] = each->first;
    if (schema != relation.schema || target != table) {
      ++each;
      continue;
    }
    TRY(finish(*each->second));
    early_.push_back(std::move(each->second));
    each = files_.erase(each);
  }
  return {};
}

Result<std::unique_ptr<StageFile>> StageSink::begin_file(const Names& names,
                                                         const Relation& relation) {
  if (batch_.empty()) begin_batch();
  TRY(definitions_.keep(relation));
  TRY_ASSIGN(auto unfinished, place_->create([this, names] { return free_name(names); }));
  ManifestEntry entry;
  entry.names = names;
  entry.schema_version = definitions_.version_of(relation);
  entry.format = name_of(options_.format);
  entry.compression = options_.compress;
  entry.batch = batch_;
  auto file = std::make_unique<StageFile>(std::move(entry), std::move(unfinished), tools_);
  TRY(encoder_->begin(relation, file->buffer()));
  buffered_bytes_ += file->buffer().size();
  return file;
}

void StageSink::begin_batch() {
  instant_ = environment_.clock->wall();
  // Begins with the time, so that manifests in a bucket are listed in their order.
  for (const char part : std::string_view("YmdTHMS")) {
    batch_ += part == 'T' ? "T" : format_time(part, instant_);
  }
  batch_ += "-" + sixteen_digits(environment_.random->next());
}

Result<std::uint64_t> StageSink::write(sink::Rows rows) {
  std::uint64_t grown = 0;
  for (const sink::Row& row : rows) {
    TRY_ASSIGN(StageFile* const file, file_for(row));
    sink::Buffer& buffer = file->buffer();
    const std::size_t before = buffer.size();
    const Status appended = encoder_->append(*row.change, buffer);
    if (!appended.ok()) return refused(*row.change, appended.error());
    file->count(row.change->id);
    grown += buffer.size() - before;
    buffered_bytes_ += buffer.size() - before;
    if (buffer.size() >= kBufferBytes) TRY(flush(*file));
    if (buffered_bytes_ >= kBufferedBytesMax || open_files_ >= kOpenFilesMax) TRY(release_files());
  }
  return grown;
}

// Such a row is rare, and the judge need not look at each before one came.
Error StageSink::refused(const Change& change, const Error& error) {
  if (error.kind != ErrorKind::Rejected) return error;
  acceptance_.try_each(*encoder_);
  return error.prefixed(to_string(change.id.commit_lsn) + " change " +
                        std::to_string(change.id.ordinal) + " of " + change.relation->full_name());
}

Status StageSink::flush(StageFile& file) {
  const bool was_open = file.is_open();
  buffered_bytes_ -= file.buffer().size();
  TRY(file.flush());
  if (!was_open) ++open_files_;
  return make_room();
}

Status StageSink::make_room() {
  while (true) {
    TRY_ASSIGN(const UnfinishedFile* const surplus, place_->make_room());
    if (surplus == nullptr) return {};
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [&](const auto& each) { return each.second->is(surplus); });
    ENSURE(found != files_.end());
    TRY(finish(*found->second));
    if (last_file_ == found->second.get()) last_file_ = nullptr;
    early_.push_back(std::move(found->second));
    files_.erase(found);
  }
}

Status StageSink::finish(StageFile& file) {
  buffered_bytes_ -= file.buffer().size();
  open_files_ -= file.is_open() ? 1 : 0;
  TRY_ASSIGN(FinishedFile finished, file.finish());
  finished_.push_back(std::move(finished));
  return {};
}

Status StageSink::release_files() {
  for (const auto& [key, file] : files_) TRY(file->release());
  buffered_bytes_ = 0;
  open_files_ = 0;
  return make_room();
}

void StageSink::forget_batch() {
  batch_.clear();
  finished_.clear();
  early_.clear();
  files_.clear();
  versions_.clear();
  chosen_.clear();
  last_file_ = nullptr;
  buffered_bytes_ = 0;
  open_files_ = 0;
}

// Two files never meet: neither with one that is there, nor within the batch.
Result<std::string> StageSink::free_name(const Names& names) {
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    TRY_ASSIGN(std::string path, pattern_.expand(names, instant_, *environment_.random));
    if (chosen_.contains(path)) continue;
    TRY_ASSIGN(const bool taken, place_->exists(path));
    if (!taken) return *chosen_.insert(std::move(path)).first;
  }
  return invalid("every name tried for " + names.schema + "." + names.table +
                 " exists already: the pattern has too few random digits");
}

Result<sink::Token> StageSink::prepare() {
  for (const auto& [key, file] : files_) TRY(finish(*file));
  PreparedBatch batch;
  for (FinishedFile& file : finished_) {
    file.entry.batch_files = finished_.size();
    batch.files.push_back({std::move(file.handle), file.entry.file, line_of(file.entry)});
  }
  TRY_ASSIGN(batch.place, place_->prepare(batch_));
  forget_batch();
  return encode(batch);
}

// A token is written only after its files were finished: each is there, or was made visible.
Result<sink::Recovered> StageSink::commit(const sink::Token& token) {
  TRY_ASSIGN(const PreparedBatch batch, decode_token(token));
  TRY(place_->commit(batch));
  return sink::Recovered::Done;
}

Result<sink::Recovered> StageSink::recover(const sink::Token& token) {
  return commit(token);
}

Status StageSink::abort() {
  forget_batch();
  return place_->clear();
}

// Where one cannot be discarded the others would only wait as long: the next abort() finds them.
Status StageSink::discard_files() {
  for (const auto& file : early_) TRY(file->discard());
  for (const auto& [key, file] : files_) TRY(file->discard());
  return {};
}

Status StageSink::close() {
  // Only what this process had open; what is prepared waits for the next one.
  Status discarded = discard_files();
  forget_batch();
  place_->close();
  return discarded;
}

}  // namespace slotcast::stage
