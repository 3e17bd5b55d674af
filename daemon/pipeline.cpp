#include "daemon/pipeline.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "connectors/all.h"
#include "daemon/fed_by.h"
#include "daemon/sink_report.h"
#include "daemon/state_lock.h"
#include "lib/base/diag.h"
#include "lib/base/version.h"
#include "lib/branch/log_feed.h"
#include "lib/pg/health.h"

namespace slotcast {
namespace {

using std::chrono::milliseconds;

constexpr const char* kLogDirectory = "log";
constexpr const char* kSnapshotDirectory = "snapshot.ranges";
constexpr const char* kChunkDirectory = "chunks.ready";
constexpr Duration kHealthPatience = std::chrono::seconds(3);
constexpr Duration kRecheckInterval = std::chrono::seconds(10);
// Of maintenance, each of two seconds.
constexpr int kFullRounds = 5;

// Where a branch begins that the journal does not know: behind everything that is logged.
journal::Checkpoint end_of(log::Tail& tail) {
  const log::Mark end = tail.durable();
  return {end.record + 1, end.lsn, {}};
}

// How far a sink is that may still want a chunk; behind all of them when it does not.
Sequence place_in(const journal::States& states, const std::string& sink) {
  const auto known = states.find(sink);
  if (known == states.end() || known->second.mode == journal::Mode::Detached) {
    return {std::numeric_limits<std::uint64_t>::max()};
  }
  return known->second.checkpoint.next;
}

}  // namespace

Pipeline::Pipeline(const config::Config& config)
    : config_(config), routes_(config), started_at_(clock_.now()) {}

Pipeline::~Pipeline() = default;

Status Pipeline::open(const RunOptions& options) {
  accept_gap_ = options.accept_gap;
  TRY(io::make_path(config_.state));
  TRY_ASSIGN(auto lock, lock_state(config_.state, clock_));
  lock_.emplace(std::move(lock));
  TRY_ASSIGN(state_, io::open_directory(config_.state));
  TRY(refuse_fed_by_files(*state_));
  const auto every = [](const std::string&) { return true; };
  capture::Source::Options source{config_.source, routes_.patterns_of(every), options.accept_gap};
  TRY_ASSIGN(journal_, journal::Journal::open(*state_));
  source.routes = routes_.all();
  TRY_ASSIGN(const auto left, routes_.left_behind(*state_, [this](const std::string& sink) {
    return journal_->state(sink).has_value();
  }));
  source.routes.insert(source.routes.end(), left.begin(), left.end());
  source_ = std::make_unique<capture::Source>(*state_, std::move(source));
  TRY_ASSIGN(begun_, source_->load());
  TRY(state_->make(kLogDirectory));
  TRY_ASSIGN(log_directory_, io::open_directory(config_.state + "/" + kLogDirectory));
  TRY(state_->make(kSnapshotDirectory));
  TRY_ASSIGN(side_directory_, io::open_directory(config_.state + "/" + kSnapshotDirectory));
  TRY(state_->make(kChunkDirectory));
  TRY_ASSIGN(chunk_directory_, io::open_directory(config_.state + "/" + kChunkDirectory));
  snapshot_ = std::make_unique<snapshot::Snapshot>(
      snapshot::Snapshot::Parts{state_.get(), side_directory_.get(), &config_.source, &clock_},
      config_.snapshot);
  TRY(snapshot_->load());
  if (!begun_) return {};
  TRY_ASSIGN(log_, log::Log::open(*log_directory_, config_.log, clock_, random_, std::nullopt));
  diag::info("log", "recovered",
             {{"end", to_string(log_->recovered_lsn())},
              {"record", to_string(log_->tail().durable().record)},
              {"cut_blocks", std::to_string(log_->cut_blocks())}});
  return {};
}

Status Pipeline::begin(const std::function<bool()>& give_up) {
  Backoff backoff;
  while (!log_) {
    const Status begun = try_begin();
    if (begun.ok() || begun.error().kind != ErrorKind::Transient) return begun;
    {
      const std::lock_guard lock(mutex_);
      begin_error_ = begun.error().what;
      begin_error_at_ = clock_.wall();
    }
    const Duration wait = backoff.next(random_);
    diag::warning(
        "capture", "cannot begin yet, will try again",
        {{"in_ms", std::to_string(wait / milliseconds(1))}, {"error", begun.error().what}});
    const SteadyTime end = clock_.now() + wait;
    while (clock_.now() < end) {
      if (give_up()) return begun;
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  return {};
}

// The slot, then the plan of its snapshot, then the log: a crash between two of them leaves what
// the next attempt can tell.
Status Pipeline::try_begin() {
  const bool needs_snapshot =
      !snapshot_->is_open() &&
      std::any_of(config_.sinks.begin(), config_.sinks.end(),
                  [](const auto& sink) { return sink.start == config::Start::Snapshot; });
  TRY(route_check_.refuse());
  TRY_ASSIGN(auto beginning, source_->prepare(needs_snapshot));
  const Lsn start = beginning.start;
  if (needs_snapshot || (snapshot_->is_open() && beginning.exporter)) {
    TRY(plan_snapshot(std::move(beginning)));
  }
  log::Options options = config_.log;
  if (snapshot_->is_open()) options.first_record = log::kStreamBegin;
  TRY_ASSIGN(log_, log::Log::open(*log_directory_, options, clock_, random_, start));
  return source_->remember();
}

Status Pipeline::plan_snapshot(capture::Source::Beginning beginning) {
  if (!beginning.exporter) {
    return invalid("slot " + config_.source.slot +
                   " exists already, and a snapshot that fits it is only given out when a slot is "
                   "made: write start: log for the sinks that are to begin with it, or drop it: "
                   "SELECT pg_drop_replication_slot('" +
                   config_.source.slot + "')");
  }
  std::vector<std::string> sinks;
  for (const config::Sink& sink : config_.sinks) {
    if (sink.start == config::Start::Snapshot) sinks.push_back(sink.name);
  }
  const auto patterns = routes_.patterns_of([&](const std::string& name) {
    return std::find(sinks.begin(), sinks.end(), name) != sinks.end();
  });
  std::erase_if(beginning.tables, [&](const pg::SourceTable& table) {
    return std::none_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
      return pattern.matches(table.schema, table.table);
    });
  });
  return snapshot_->plan(std::move(beginning.exporter), beginning.slot, beginning.tables,
                         std::move(sinks));
}

Result<Lsn> Pipeline::until_lsn(const std::string& text) const {
  if (text != "now") {
    const auto lsn = parse_lsn(text);
    if (!lsn) return invalid("--until takes \"now\" or an LSN such as 16/B374D848");
    return *lsn;
  }
  TRY_ASSIGN(auto sql, pg::Connection::open(config_.source, pg::Connection::Mode::Sql));
  TRY_ASSIGN(const auto health, pg::read_slot_health(sql, config_.source.slot));
  return health.head;
}

// The journal knows from now on where each sink begins.
Status Pipeline::note_starts() {
  for (const config::Sink& sink : config_.sinks) {
    if (journal_->state(sink.name)) continue;
    TRY_ASSIGN(const journal::Checkpoint start, start_of(sink));
    TRY(journal_->note_checkpoint(sink.name, start, true));
  }
  return note_routes(route_check_.waiting());
}

// A sink that is there already gets what is in the tables of its new routes.
Status Pipeline::note_routes(const std::set<std::string>& waiting) {
  TRY_ASSIGN(auto news, routes_.news(*state_, waiting));
  for (snapshot::Request& request : news) TRY(chunker_->request(std::move(request)));
  return routes_.remember(*state_, waiting);
}

// The server is there: what the start could not check is checked before anything else is asked.
Status Pipeline::check_routes() {
  TRY(route_check_.learn());
  if (route_check_.waiting().empty()) return {};
  TRY(note_routes({}));
  route_check_.release();
  return {};
}

Result<journal::Checkpoint> Pipeline::start_of(const config::Sink& sink) {
  if (snapshot_->is_for(sink.name)) return journal::Checkpoint{{1}, snapshot_->point(), {}};
  if (sink.start == config::Start::Now || !begun_) return end_of(log_->tail());
  if (sink.start == config::Start::Log) {
    TRY_ASSIGN(const log::Mark oldest, log_->oldest());
    return journal::Checkpoint{oldest.record + 1, oldest.lsn, {}};
  }
  // The stream from now on, and all that is in its tables while that runs.
  snapshot::Request request;
  request.sinks = {sink.name};
  TRY(chunker_->request(std::move(request)));
  return end_of(log_->tail());
}

Status Pipeline::make_chunker() {
  chunks_ = std::make_unique<log::Chunks>(log_->tail(), config_.source.slot);
  snapshot::Chunker::Asks asks;
  asks.is_routed = [this](const pg::SourceTable& table, const std::string& sink) {
    return routes_.leads(table, sink);
  };
  asks.is_removed = [this](const std::string& name) { return !is_configured(name); };
  asks.is_halted = [this](const std::string& name) {
    const auto state = journal_->state(name);
    return !state || state->mode != journal::Mode::Running || !is_configured(name);
  };
  snapshot::Chunker::Parts parts;
  parts.state = state_.get();
  parts.directory = chunk_directory_.get();
  parts.pg = &config_.source;
  parts.log = log_.get();
  parts.chunks = chunks_.get();
  parts.cache = &cache_;
  parts.clock = &clock_;
  parts.may_begin = [this] { return source_->is_in_line(); };
  parts.disk_bytes_max = config_.snapshot.disk_bytes_max;
  chunker_ = std::make_unique<snapshot::Chunker>(parts, std::move(asks));
  const journal::States states = journal_->states();
  return chunker_->load([&](const std::string& sink) { return place_in(states, sink); },
                        accept_gap_);
}

// What every branch has passed goes; the first record that somebody still needs comes back.
Sequence Pipeline::retire() {
  const Sequence claim = journal_->claim();
  snapshot_->retire(claim);
  const journal::States states = journal_->states();
  chunker_->retire([&](const std::string& sink) { return place_in(states, sink); });
  return std::min(claim, chunker_->claim());
}

bool Pipeline::is_configured(const std::string& sink) const {
  return std::any_of(config_.sinks.begin(), config_.sinks.end(),
                     [&](const auto& configured) { return configured.name == sink; });
}

Status Pipeline::make_branches() {
  for (const config::Sink& sink : config_.sinks) {
    sink::Environment environment{config_.name, sink.name, &clock_, &random_};
    environment.database = pg::database_of(config_.source.uri);
    TRY_ASSIGN(auto made, connectors::make(sink.connector, environment));
    branch::Options options;
    options.sink = sink.name;
    options.connector = connectors::name_of(sink.connector);
    options.limits = sink.batch;
    options.generation = routes_.generation_of(sink);
    options.on_error = sink.on_error;
    options.may_deliver = [this, name = sink.name] { return route_check_.may_deliver(name); };
    branch::Branch::Parts parts{&log_->tail(), journal_.get(), &clock_, &random_};
    TRY_ASSIGN(auto letters, branch::DeadLetters::open(*state_, sink.name));
    parts.letters = dead_letters_.emplace_back(std::move(letters)).get();
    branches_.add(std::make_unique<branch::Branch>(
        parts, std::move(options),
        std::make_unique<branch::LogFeed>(
            log_->segments(), branch::Beside{snapshot_->side(), chunks_.get(), sink.name}, cache_),
        route::Router(routes_.of(sink.name), route_check_.known()), std::move(made)));
  }
  return {};
}

Status Pipeline::start(std::function<void(const Error&)> on_failure) {
  for (const auto& [name, state] : journal_->states()) {
    if (is_configured(name)) continue;
    diag::warning("log", "a sink that is no longer configured keeps its claim on the log",
                  {{"sink", name}, {"from_record", to_string(state.checkpoint.next)}});
  }
  TRY(route_check_.refuse_changed(*state_));
  TRY(make_chunker());
  TRY(note_starts());
  snapshot_->attach(log_->tail(), journal_->claim());
  TRY(make_branches());
  make_control();
  capture::Receiver::Options receiver;
  receiver.status_interval = config_.source.status_interval;
  receiver.receive_timeout = config_.source.receive_timeout;
  if (config_.source.waits_for_sinks) {
    receiver.delivered = [this] {
      // With nobody to wait for, what is durable counts.
      const Lsn all{std::numeric_limits<std::uint64_t>::max()};
      return std::max(source_->confirmed(), journal_->delivered().value_or(all));
    };
  }
  source_->on_published([this](const pg::SourceTable& table, bool was_lost) {
    return read_published(table, was_lost);
  });
  capture_ = std::make_unique<capture::Capture>(
      capture::Capture::Parts{log_.get(), &clock_, &random_},
      [this](Lsn durable) -> Result<std::unique_ptr<pg::ReplicationStream>> {
        TRY(check_routes());
        return source_->connect(durable);
      },
      [this](const Relation& relation) { return source_->read_catalog(relation); }, receiver);
  log_->start([this] { return retire(); });
  branches_.start();
  capture_->start(on_failure);
  snapshot_->start(on_failure,
                   [this](snapshot::Request rest) { return chunker_->request(std::move(rest)); });
  chunker_->start(on_failure);
  const std::lock_guard lock(mutex_);
  running_ = true;
  return {};
}

// A table that is published from now on: what is in it, the stream does not bring.
Status Pipeline::read_published(const pg::SourceTable& table, bool was_lost) {
  snapshot::Request request;
  request.sinks = routes_.readers_of(table);
  request.schema = table.schema;
  request.table = table.table;
  request.is_resync = was_lost;
  if (request.sinks.empty()) return {};
  diag::info("capture", "a table is published from now on", {{"table", table.full_name()}});
  return chunker_->request(std::move(request));
}

void Pipeline::make_control() {
  SinkControl::Parts parts{&config_,   &routes_,       state_.get(), journal_.get(),
                           log_.get(), chunker_.get(), &clock_,      {}};
  for (const auto& branch : branches_.list()) parts.branches.push_back(branch.get());
  const std::lock_guard lock(mutex_);
  control_ = std::make_unique<SinkControl>(std::move(parts));
}

Status Pipeline::open_control() {
  if (!begun_) return invalid("this pipeline has never run: it has no sinks to command yet");
  TRY(make_chunker());
  make_control();
  // The log's house is kept as when it runs, with what is claimed after the command.
  log_->start([this] { return retire(); });
  return {};
}

Status Pipeline::close_control() {
  return log_->close();
}

bool Pipeline::is_read() const {
  return !chunker_->is_wanted() && !snapshot_->is_copying();
}

bool Pipeline::stop() {
  if (!capture_) return true;
  control_->stop();
  capture_->stop();
  branches_.stop();
  const SteadyTime deadline = clock_.now() + config_.shutdown_timeout;
  const bool snapshot_ended = snapshot_->stop(deadline - clock_.now());
  const bool chunks_ended = chunker_->stop(deadline - clock_.now());
  if (!branches_.wait(clock_, deadline)) return false;
  if (!snapshot_ended || !chunks_ended) return false;
  branches_.join();
  if (Status closed = log_->close(); !closed.ok()) {
    // Without room for the last of it: the server sends that again next time.
    diag::warning("log", "did not close well", {{"error", closed.error().what}});
    return closed.error().kind == ErrorKind::Transient;
  }
  return true;
}

// A log that stays full, seen often enough, takes the claim from the sink that is furthest behind.
void Pipeline::make_room() {
  if (config_.log.on_full != log::OnFull::Detach) return;
  const bool is_full = capture_->status().state == capture::State::PausedLogFull;
  full_rounds_ = is_full ? full_rounds_ + 1 : std::max(full_rounds_ - 1, 0);
  if (full_rounds_ < kFullRounds) return;
  full_rounds_ = 0;
  const auto segments = log_->segments().all();
  if (!segments.front().sealed) return;
  std::string slowest;
  Sequence lowest = segments.front().next_record;
  for (const auto& [name, state] : journal_->states()) {
    // One that gets the tables first cannot be faster than their copy.
    const bool waits_for_copy =
        log::is_in_snapshot(state.checkpoint.next) && snapshot_->is_copying();
    const bool counts = state.mode != journal::Mode::Detached && !waits_for_copy;
    if (!counts || state.checkpoint.next >= lowest) continue;
    lowest = state.checkpoint.next;
    slowest = name;
  }
  if (slowest.empty()) return;
  if (Status detached = control_->detach(slowest); !detached.ok()) {
    diag::error("log", "cannot detach a sink",
                {{"sink", slowest}, {"error", detached.error().what}});
  }
}

void Pipeline::tend() {
  if (control() != nullptr) make_room();
  if (!health_connection_) {
    auto opened = pg::Connection::open(config_.source, pg::Connection::Mode::Sql);
    if (!opened.ok()) return;
    health_connection_ = std::make_unique<pg::Connection>(std::move(opened).value());
    // The main loop asks, and must still hear a signal.
    health_connection_->set_patience(kHealthPatience);
  }
  if (clock_.now() - rechecked_at_ >= kRecheckInterval) {
    rechecked_at_ = clock_.now();
    // What fails here fails below as well, or is said by capture when it connects.
    (void)source_->recheck(*health_connection_).ok();
  }
  const auto health = pg::read_slot_health(*health_connection_, config_.source.slot);
  if (!health.ok()) {
    health_connection_.reset();
    return;
  }
  const std::lock_guard lock(mutex_);
  server_head_ = health.value().head;
  if (const auto& slot = health.value().slot) {
    if (slot->wal_status == "unreserved" && slot_health_.wal_status != "unreserved") {
      diag::warning("capture", "the server is about to throw away WAL that the slot needs",
                    {{"slot", config_.source.slot}, {"restart", to_string(slot->restart)}});
    }
    slot_health_ = {true, slot->wal_status, slot->safe_wal_bytes, slot->restart, slot->confirmed};
  }
}

admin::Snapshot Pipeline::snapshot() const {
  admin::Snapshot snapshot;
  snapshot.version = kVersion;
  snapshot.pipeline = config_.name;
  snapshot.slot = config_.source.slot;
  snapshot.uptime_seconds = std::chrono::duration<double>(clock_.now() - started_at_).count();
  const auto is_here = [this](const std::string& sink) { return is_configured(sink); };
  const std::lock_guard lock(mutex_);
  snapshot.slot_health = slot_health_;
  if (!running_) {
    if (control_)
      report_sinks(snapshot, *journal_, log_.get(), log_->tail(), branches_.list(), is_here);
    snapshot.capture.state = capture::State::Connecting;
    snapshot.capture.last_error = begin_error_;
    snapshot.capture.last_error_at = begin_error_at_;
    return snapshot;
  }
  snapshot.capture = capture_->status();
  snapshot.capture.head = std::max({snapshot.capture.head, server_head_, snapshot.capture.logged});
  snapshot.log = log_->status();
  report_sinks(snapshot, *journal_, log_.get(), log_->tail(), branches_.list(), is_here);
  snapshot.snapshot = snapshot_->progress();
  snapshot.losses = source_->losses();
  snapshot.chunks = chunker_->progress();
  for (const std::string& loss : chunker_->losses()) snapshot.losses.push_back(loss);
  snapshot.warnings = source_->warnings();
  for (std::string& warning : sink_warnings(snapshot)) {
    snapshot.warnings.push_back(std::move(warning));
  }
  snapshot.warnings.insert(snapshot.warnings.begin(), snapshot.losses.begin(),
                           snapshot.losses.end());
  return snapshot;
}

}  // namespace slotcast
