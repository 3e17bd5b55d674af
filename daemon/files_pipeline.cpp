#include "daemon/files_pipeline.h"

#include <algorithm>
#include <filesystem>

#include "connectors/all.h"
#include "connectors/stage/place.h"
#include "connectors/stage/url.h"
#include "daemon/sink_report.h"
#include "daemon/state_lock.h"
#include "lib/base/diag.h"
#include "lib/base/version.h"
#include "lib/replay/file_feed.h"

namespace slotcast {
namespace {

// Which a slot's pipeline makes first of all.
constexpr const char* kLogDirectory = "log";

// A stage as the command line has it: a url, or simply a directory.
Result<std::string> directory_of(const std::string& stage) {
  if (stage.starts_with("s3://")) {
    return invalid(
        "--from-files reads directories, not buckets: copy the stage into one, and there: cat "
        "_manifest/NAME/*.jsonl > _manifest/NAME.jsonl");
  }
  if (stage.find("://") != std::string::npos) return stage::directory_of_url(stage);
  return stage;
}

}  // namespace

FilesPipeline::FilesPipeline(const config::Config& config, const FilesOptions& options)
    : config_(config), options_(options), routes_(config), started_at_(clock_.now()) {}

FilesPipeline::~FilesPipeline() = default;

Status FilesPipeline::open() {
  // What does not exist must not leave a state directory behind.
  TRY_ASSIGN(const std::string root, directory_of(options_.stage));
  TRY_ASSIGN(auto directory, io::open_directory(root));
  files_ = std::make_unique<replay::DirectoryFiles>(std::move(directory));
  TRY(open_state());
  TRY(choose_manifest(root));
  TRY(read_manifest());
  tables_->warn_of_idle_routes();
  return {};
}

std::string FilesPipeline::own_state() {
  return ": give this pipeline a name of its own, or `state:` another directory, and its sinks get "
         "all rows from the first one on";
}

Status FilesPipeline::open_state() {
  TRY(io::make_path(config_.state));
  TRY_ASSIGN(auto lock, lock_state(config_.state, clock_));
  lock_.emplace(std::move(lock));
  TRY_ASSIGN(state_, io::open_directory(config_.state));
  TRY_ASSIGN(fed_by_, read_fed_by(*state_));
  TRY_ASSIGN(const bool has_log, state_->exists(kLogDirectory));
  if (!has_log) return {};
  return invalid("state directory " + config_.state + " has the log of a slot" + own_state());
}

Status FilesPipeline::choose_manifest(const std::string& root) {
  // Beside the one that was read so far there may be those of this pipeline's own sinks.
  const bool is_known = options_.manifest.empty() && fed_by_;
  auto manifest =
      replay::choose_manifest(*files_, is_known ? fed_by_->manifest : options_.manifest);
  if (!manifest.ok()) return manifest.error().prefixed(options_.stage);
  const std::string& name = manifest.value();
  TRY(refuse_own(root, name));
  if (fed_by_ && fed_by_->manifest != name) {
    return invalid("state directory " + config_.state + " is fed by manifest " + fed_by_->manifest +
                   ", not by " + name + own_state());
  }
  watch_ = std::make_unique<replay::ManifestWatch>(*files_, name);
  tables_ = std::make_unique<StageTables>(config_, routes_, *files_);
  if (!fed_by_) {
    fed_by_ = FedBy{name, {}};
    TRY(write_fed_by(*state_, *fed_by_));
  }
  TRY_ASSIGN(journal_, journal::Journal::open(*state_));
  return {};
}

// A sink that adds to what it is fed by would never come to an end.
Status FilesPipeline::refuse_own(const std::string& root, const std::string& manifest) const {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const config::Sink& sink : config_.sinks) {
    const auto* stage = std::get_if<stage::Options>(&sink.connector);
    if (stage == nullptr || is_s3(*stage)) continue;
    const auto own = stage::directory_of_url(stage->url);
    const sink::Environment environment{config_.name, sink.name};
    const bool is_same = stage::owner_of(environment) + ".jsonl" == manifest && own.ok() &&
                         fs::equivalent(own.value(), root, ignored);
    if (!is_same) continue;
    return invalid("sink " + sink.name + " would write into the manifest that is read, " +
                   replay::manifest_path(manifest) +
                   ": give the sink or the pipeline another name, or the sink another url");
  }
  return {};
}

// Positions count the manifest's rows: lines that are gone would make each of them another row's.
Status FilesPipeline::check_beginning() {
  if (is_as_before_) return {};
  if (watch_->place().lines < fed_by_->place.lines) return {};
  is_as_before_ = watch_->place() == fed_by_->place;
  if (is_as_before_) return {};
  return invalid("manifest " + replay::manifest_path(watch_->name()) +
                 " does not begin as it did: of its first " + std::to_string(fed_by_->place.lines) +
                 " lines some were changed or removed, or it is another stage's. The sinks' "
                 "positions count its rows: put the lines back, or give this pipeline a name or a "
                 "state directory of its own, and its sinks get all rows that are left");
}

bool FilesPipeline::is_passed(std::uint64_t rows) const {
  return std::all_of(config_.sinks.begin(), config_.sinks.end(), [&](const config::Sink& sink) {
    const auto state = journal_->state(sink.name);
    return state && state->checkpoint.next.value > rows;
  });
}

Status FilesPipeline::look() {
  TRY(check_beginning());  // of nothing
  TRY(watch_->look(
      [this](const replay::Batch& batch, std::uint64_t rows_before) -> Status {
        TRY(check_beginning());
        return tables_->add(batch, watch_->name(), is_passed(rows_before + batch.rows));
      },
      [this]() -> Status {
        if (watch_->place().lines <= fed_by_->place.lines) return {};
        fed_by_->place = watch_->place();
        return write_fed_by(*state_, *fed_by_);
      }));
  if (is_as_before_) return {};
  return invalid("manifest " + replay::manifest_path(watch_->name()) + " has " +
                 std::to_string(watch_->place().lines) + " lines, and had " +
                 std::to_string(fed_by_->place.lines) +
                 ": after a power cut, start the pipeline that writes it first; otherwise put them "
                 "back");
}

Status FilesPipeline::read_manifest() {
  TRY(look());
  const auto totals = watch_->totals();
  diag::info("files", "reading",
             {{"stage", options_.stage},
              {"manifest", watch_->name()},
              {"files", std::to_string(totals.files)},
              {"rows", std::to_string(totals.rows)}});
  if (watch_->has_rest()) {
    diag::warning("files",
                  "the manifest ends in a batch whose lines are not all there yet, which is left "
                  "out: the pipeline that writes it completes them",
                  {{"manifest", watch_->name()}});
  }
  return tables_->refuse();
}

Status FilesPipeline::note_starts() {
  for (const config::Sink& sink : config_.sinks) {
    if (journal_->state(sink.name)) continue;
    journal::Checkpoint start{{1}, {}, {}};
    if (sink.start == config::Start::Now) {
      const log::Mark end = watch_->tail().durable();
      start = {end.record + 1, end.lsn, {}};
    }
    TRY(journal_->note_checkpoint(sink.name, start, true));
  }
  return {};
}

// Rows of a stage need not have it.
bool FilesPipeline::needs_xid(const config::Sink& sink) const {
  if (const auto* stage = std::get_if<stage::Options>(&sink.connector)) {
    const bool is_csv = stage->format == stage::Format::Csv;
    const auto& meta = is_csv ? stage->csv.meta : stage->jsonl.meta;
    if (std::find(meta.begin(), meta.end(), "_xid") != meta.end()) return true;
  }
  return std::any_of(config_.routes.begin(), config_.routes.end(), [&](const config::Route& route) {
    const bool leads = std::any_of(route.to.begin(), route.to.end(),
                                   [&](const auto& target) { return target.sink == sink.name; });
    return leads && (route.where.text + route.select.text).find("_xid") != std::string::npos;
  });
}

Status FilesPipeline::make_branches() {
  for (const config::Sink& sink : config_.sinks) {
    sink::Environment environment{config_.name, sink.name, &clock_, &random_};
    environment.ids_rise = false;
    TRY_ASSIGN(auto made, connectors::make(sink.connector, environment));
    branch::Options options;
    options.sink = sink.name;
    options.connector = connectors::name_of(sink.connector);
    options.limits = sink.batch;
    options.generation = routes_.generation_of(sink);
    options.on_error = sink.on_error;
    branch::Branch::Parts parts{&watch_->tail(), journal_.get(), &clock_, &random_};
    TRY_ASSIGN(auto letters, branch::DeadLetters::open(*state_, sink.name));
    parts.letters = dead_letters_.emplace_back(std::move(letters)).get();
    branches_.add(std::make_unique<branch::Branch>(
        parts, std::move(options),
        std::make_unique<replay::FileFeed>(*files_, watch_->name(), needs_xid(sink)),
        route::Router(routes_.of(sink.name), tables_->known()), std::move(made)));
  }
  return {};
}

Status FilesPipeline::start() {
  TRY(note_starts());
  TRY(make_branches());
  SinkControl::Parts parts;
  parts.config = &config_;
  parts.routes = &routes_;
  parts.state = state_.get();
  parts.journal = journal_.get();
  parts.clock = &clock_;
  for (const auto& branch : branches_.list()) {
    parts.branches.push_back(branch.get());
    if (!options_.follow) branch->finish_behind(watch_->tail().durable().record);
  }
  branches_.start();
  const std::lock_guard lock(mutex_);
  control_ = std::make_unique<SinkControl>(std::move(parts));
  running_ = true;
  return {};
}

bool FilesPipeline::stop() {
  control_->stop();
  branches_.stop();
  if (!branches_.wait(clock_, clock_.now() + config_.shutdown_timeout)) return false;
  branches_.join();
  return true;
}

bool FilesPipeline::is_configured(const std::string& sink) const {
  return std::any_of(config_.sinks.begin(), config_.sinks.end(),
                     [&](const auto& configured) { return configured.name == sink; });
}

SinkControl* FilesPipeline::control() {
  const std::lock_guard lock(mutex_);
  return running_ ? control_.get() : nullptr;
}

admin::Snapshot FilesPipeline::snapshot() const {
  admin::Snapshot snapshot;
  snapshot.version = kVersion;
  snapshot.pipeline = config_.name;
  snapshot.uptime_seconds = std::chrono::duration<double>(clock_.now() - started_at_).count();
  const auto totals = watch_->totals();
  snapshot.files = {options_.stage, watch_->name(), totals.files, totals.rows};
  snapshot.capture.state = capture::State::ReadingFiles;
  const std::lock_guard lock(mutex_);
  if (!running_) return snapshot;
  report_sinks(snapshot, *journal_, nullptr, watch_->tail(), branches_.list(),
               [this](const std::string& sink) { return is_configured(sink); });
  snapshot.warnings = sink_warnings(snapshot);
  return snapshot;
}

}  // namespace slotcast
