#include "lib/capture/source.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "lib/base/diag.h"
#include "lib/io/state_file.h"
#include "lib/pg/catalog.h"
#include "lib/pg/pq_stream.h"
#include "lib/pg/slot.h"

namespace slotcast::capture {
namespace {

constexpr const char* kStateName = "source";
constexpr const char* kCreating = "creating";
constexpr const char* kReady = "ready";
// The main loop waits for these.
constexpr Duration kAddPatience = std::chrono::seconds(2);
constexpr Duration kLookPatience = std::chrono::seconds(2);
// The stream waits meanwhile, and an end of the daemon too.
constexpr Duration kCatalogPatience = std::chrono::seconds(10);

// A name with a line break has no place in the state file.
bool is_one_line(const pg::SourceTable& table) {
  return table.full_name().find('\n') == std::string::npos;
}

bool matches_any(const std::vector<route::TablePattern>& patterns, const pg::SourceTable& table) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const route::TablePattern& pattern) {
    return pattern.matches(table.schema, table.table);
  });
}

}  // namespace

Result<bool> Source::load() {
  TRY_ASSIGN(const auto text, io::read_state_file(state_, kStateName));
  if (!text) return false;
  std::istringstream lines(*text);
  std::string key, value, phase;
  while (lines >> key && std::getline(lines >> std::ws, value)) {
    if (key == "phase") phase = value;
    if (key == "system_identifier") memory_.system_identifier = value;
    if (key == "timeline") memory_.timeline = static_cast<std::uint32_t>(std::stoul(value));
    if (key == "database") memory_.database = value;
    if (key == "slot") memory_.slot = value;
    if (key == "published") published_.insert(value);
    if (key == "published_known") knows_published_ = true;
    if (key == "taken_out") taken_out_.insert(value);
    if (key == "lost") losses_[value.substr(0, value.find(": "))] = value;
    if (key == "consistent_point") memory_.consistent_point = parse_lsn(value).value_or(Lsn{});
  }
  creating_ = phase == kCreating;
  if (!creating_ && phase != kReady) return corrupt("state file source: no phase");
  if (memory_.slot != options_.pg.slot) {
    return invalid("this state directory belongs to slot " + memory_.slot +
                   ", the configuration names " + options_.pg.slot +
                   "; give the other pipeline a state directory of its own");
  }
  if (options_.accept_gap && !losses_.empty()) {
    losses_.clear();
    TRY(write_memory(phase.c_str()));
  }
  return !creating_;
}

Status Source::write_memory(const char* phase) {
  std::ostringstream out;
  out << "phase " << phase << "\nsystem_identifier " << memory_.system_identifier << "\ntimeline "
      << memory_.timeline << "\ndatabase " << memory_.database << "\nslot " << memory_.slot
      << "\nconsistent_point " << to_string(memory_.consistent_point) << '\n';
  if (knows_published_) out << "published_known yes\n";
  for (const std::string& table : published_) out << "published " << table << '\n';
  for (const std::string& table : taken_out_) out << "taken_out " << table << '\n';
  for (const auto& [table, loss] : losses_) out << "lost " << loss << '\n';
  return io::write_state_file(state_, kStateName, out.str());
}

Result<std::vector<pg::SourceTable>> Source::wanted_tables(pg::Connection& sql) const {
  TRY_ASSIGN(auto tables, pg::list_tables(sql));
  for (const route::TablePattern& pattern : options_.tables) {
    const bool found = std::any_of(tables.begin(), tables.end(), [&](const auto& table) {
      return pattern.matches(table.schema, table.table);
    });
    if (!found && pattern.is_exact()) {
      return invalid("a route names table " + pattern.text() +
                     ", which the database does not have, or "
                     "which cannot be published");
    }
  }
  std::erase_if(tables, [&](const auto& table) { return !matches_any(options_.tables, table); });
  return tables;
}

Result<Lsn> Source::take_existing_slot(const pg::ServerFacts& facts, bool is_ours) {
  const pg::SlotFacts& slot = *facts.slot;
  if (!is_ours && !options_.pg.adopt_slot) {
    return invalid(pg::describe_unknown_slot(slot, options_.pg.slot));
  }
  const auto failure = pg::find_guard_failure(facts, memory_, slot.confirmed);
  if (failure) return invalid(failure->what);
  return slot.confirmed;
}

// A slot that a first start made before it crashed: nobody has read from it, and it was not there
// before. Anything else is left as it is.
Status Source::drop_unused_slot(pg::Connection& replication, pg::ServerFacts& facts) {
  const Lsn tried_at = memory_.consistent_point;
  if (!creating_ || !facts.slot || facts.slot->active_pid || facts.slot->confirmed < tried_at) {
    return {};
  }
  diag::info("capture", "making the slot again: its snapshot was lost before it was of use",
             {{"slot", options_.pg.slot}});
  TRY(pg::drop_slot(replication, options_.pg.slot));
  facts.slot.reset();
  return {};
}

Result<Source::Beginning> Source::prepare(bool needs_snapshot) {
  Beginning beginning;
  TRY_ASSIGN(auto sql, pg::Connection::open(options_.pg, pg::Connection::Mode::Sql));
  TRY_ASSIGN(beginning.tables, wanted_tables(sql));
  TRY_ASSIGN(auto replication,
             pg::Connection::open(options_.pg, pg::Connection::Mode::Replication));
  TRY_ASSIGN(auto facts, pg::read_server_facts(replication, options_.pg.slot));
  if (facts.in_recovery) {
    return invalid(
        "the server is a standby; point source.postgres at the primary "
        "(target_session_attrs=primary)");
  }
  if (needs_snapshot) TRY(drop_unused_slot(replication, facts));
  // Until the slot is there: when it was tried.
  memory_ = {facts.system_identifier, facts.timeline, facts.database, options_.pg.slot,
             facts.flush};
  const bool is_ours = creating_;
  if (!facts.slot) TRY(write_memory(kCreating));
  creating_ = creating_ || !facts.slot;
  TRY(pg::create_publications(sql, options_.pg, beginning.tables));
  // Before the slot: its snapshot and its stream show the same columns.
  TRY(align(sql));
  TRY_ASSIGN(const auto published, pg::read_publications(sql, options_.pg));
  for (const pg::SourceTable& table : beginning.tables) {
    if (published.has(table.full_name()) && is_one_line(table)) {
      published_.insert(table.full_name());
    }
  }
  knows_published_ = true;
  if (facts.slot) {
    TRY_ASSIGN(memory_.consistent_point, take_existing_slot(facts, is_ours));
    diag::info("capture", "taking over the slot",
               {{"slot", memory_.slot}, {"from", to_string(memory_.consistent_point)}});
  } else {
    TRY_ASSIGN(beginning.slot, pg::create_slot(replication, options_.pg, options_.slot_patience));
    memory_.consistent_point = beginning.slot.consistent_point;
    beginning.exporter = std::make_unique<pg::Connection>(std::move(replication));
    diag::info("capture", "made publications and slot",
               {{"slot", memory_.slot},
                {"tables", std::to_string(beginning.tables.size())},
                {"consistent_point", to_string(memory_.consistent_point)}});
  }
  beginning.start = memory_.consistent_point;
  return beginning;
}

Status Source::remember() {
  return write_memory(kReady);
}

Result<std::unique_ptr<pg::ReplicationStream>> Source::connect(Lsn durable) {
  TRY_ASSIGN(auto replication,
             pg::Connection::open(options_.pg, pg::Connection::Mode::Replication));
  TRY_ASSIGN(const auto facts, pg::read_server_facts(replication, options_.pg.slot));
  Lsn start = durable;
  if (const auto failure = pg::find_guard_failure(facts, memory_, durable)) {
    if (!failure->can_accept || !options_.accept_gap) return invalid(failure->what);
    diag::warning(
        "capture", "going on over a gap, as told by --accept-gap",
        {{"lost_from", to_string(failure->gap_from)}, {"lost_to", to_string(failure->gap_to)}});
    start = failure->gap_to;
  }
  if (facts.slot->active_pid) {
    return transient("slot " + options_.pg.slot + " is in use by process " +
                     std::to_string(*facts.slot->active_pid) + " of the server");
  }
  TRY(check_publications(replication));
  TRY_ASSIGN(const bool is_needed, narrower_.is_needed(replication));
  if (is_needed) {
    TRY_ASSIGN(auto sql, pg::Connection::open(options_.pg, pg::Connection::Mode::Sql));
    const Status aligned = align(sql);
    // A lock on one table holds up none of the others: recheck() tries it again, and nothing is
    // read anew before.
    if (!aligned.ok() && aligned.error().kind != ErrorKind::Transient) return aligned.error();
    if (!aligned.ok()) diag::warning("capture", aligned.error().what);
  } else {
    is_in_line_ = true;
  }
  confirmed_ = facts.slot->confirmed.value;
  const std::lock_guard lock(mutex_);
  if (facts.timeline != memory_.timeline) {
    memory_.timeline = facts.timeline;
    TRY(write_memory(kReady));
  }
  return pg::start_stream(std::move(replication), options_.pg, start);
}

Status Source::align(pg::Connection& sql) {
  TRY_ASSIGN(const bool is_needed, narrower_.is_needed(sql));
  if (is_needed) {
    TRY_ASSIGN(const auto tables, wanted_tables(sql));
    TRY(narrower_.align(sql, tables));
  }
  is_in_line_ = true;
  return {};
}

Status Source::check_publications(pg::Connection& connection) {
  const std::lock_guard looking(looking_);
  TRY_ASSIGN(const auto published, pg::read_publications(connection, options_.pg));
  if (!published.main.exists || !published.insert.exists) {
    TRY_ASSIGN(const auto tables, wanted_tables(connection));
    const auto ddl = pg::publication_ddl(options_.pg, tables);
    return invalid(
        "publication " +
        (published.main.exists ? options_.pg.insert_publication() : options_.pg.publication) +
        " does not exist: what was committed without it was not sent, and is lost to "
        "this pipeline. A DBA can make it again: " +
        ddl[published.main.exists ? 1 : 0] + ";");
  }
  return compare_published(connection, published).status();
}

// A table that matches and was never published is new; one that was before is missed from now on.
// Returns the new ones that are still not published.
Result<std::vector<pg::SourceTable>> Source::compare_published(pg::Connection& connection,
                                                               const pg::Publications& published) {
  TRY_ASSIGN(const auto tables, wanted_tables(connection));
  const std::lock_guard lock(mutex_);
  const auto before = published_;
  const auto told = std::exchange(warnings_, {});
  std::vector<pg::SourceTable> missing;
  for (const pg::SourceTable& table : tables) {
    const std::string name = table.full_name();
    if (published.has(name)) {
      if (!is_one_line(table) || published_.count(name) > 0) continue;
      const bool was_lost = taken_out_.count(name) > 0;
      if (knows_published_ && on_published_) TRY(on_published_(table, was_lost));
      published_.insert(name);
      taken_out_.erase(name);
    } else if (published_.count(name) > 0) {
      note_loss(table, pg::add_table_ddl(options_.pg, table));
    } else {
      missing.push_back(table);
      warnings_.push_back(
          "table " + name +
          " matches a route but is in no publication: its changes are not captured. To add it: " +
          pg::add_table_ddl(options_.pg, table));
      const bool is_told = std::find(told.begin(), told.end(), warnings_.back()) != told.end();
      if (!is_told && !options_.pg.adds_tables) diag::warning("capture", warnings_.back());
    }
  }
  if (published_ != before) TRY(write_memory(kReady));
  return missing;
}

void Source::note_loss(const pg::SourceTable& table, const std::string& remedy) {
  const std::string name = table.full_name();
  published_.erase(name);
  taken_out_.insert(name);
  if (losses_.count(name) > 0) return;
  losses_[name] = name +
                  ": it was published before and is not any more; changes committed meanwhile are "
                  "missing until it is published again, and then its sinks read it anew (" +
                  remedy + "). A start with --accept-gap takes note of it";
  diag::error("capture", "a table was taken out of the publication", {{"table", losses_[name]}});
}

Result<std::vector<pg::SourceTable>> Source::look(pg::Connection& sql) {
  const std::unique_lock looking(looking_, kLookPatience);
  if (!looking) return transient("capture is asking what is published");
  TRY_ASSIGN(const auto published, pg::read_publications(sql, options_.pg));
  return compare_published(sql, published);
}

Status Source::recheck(pg::Connection& sql) {
  TRY_ASSIGN(const auto missing, look(sql));
  if (!missing.empty() && options_.pg.adds_tables) {
    TRY(add_tables(sql, missing));
    TRY(look(sql).status());
  }
  // A table's identity may be another one by now, and its filter make UPDATE fail.
  return align(sql);
}

// A lock on one of them, or rights that are missing, keep none of the others.
Status Source::add_tables(pg::Connection& sql, const std::vector<pg::SourceTable>& tables) {
  for (const pg::SourceTable& table : tables) {
    const std::string statement = pg::add_table_ddl(options_.pg, table);
    const auto added = sql.query_within(statement, kAddPatience);
    const bool is_added = added.ok() && added.value();
    if (!added.ok() && added.error().kind == ErrorKind::Transient) return added.error();
    if (is_added) {
      diag::info("capture", "added a table to its publication", {{"table", table.full_name()}});
      continue;
    }
    const std::string why =
        added.ok() ? "a lock on it was not given up in time" : added.error().what;
    if (!told_failures_.insert(statement + why).second) continue;
    diag::warning("capture", "cannot add a table to its publication",
                  {{"table", table.full_name()}, {"error", why}, {"statement", statement}});
  }
  return {};
}

std::vector<std::string> Source::losses() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> sentences;
  for (const auto& [table, sentence] : losses_) sentences.push_back("table " + sentence);
  return sentences;
}

Result<Catalog> Source::read_catalog(const Relation& relation) {
  if (!catalog_) {
    TRY_ASSIGN(auto opened, pg::Connection::open(options_.pg, pg::Connection::Mode::Sql));
    catalog_ = std::make_unique<pg::Connection>(std::move(opened));
    catalog_->set_patience(kCatalogPatience);
  }
  auto catalog = pg::read_catalog(*catalog_, relation);
  if (!catalog.ok()) catalog_.reset();  // the next attempt gets a new connection
  return catalog;
}

std::vector<std::string> Source::warnings() const {
  std::vector<std::string> all = narrower_.warnings();
  const std::lock_guard lock(mutex_);
  all.insert(all.end(), warnings_.begin(), warnings_.end());
  return all;
}

}  // namespace slotcast::capture
