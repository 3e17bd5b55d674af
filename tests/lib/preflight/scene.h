#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "lib/preflight/report.h"

// A server and a pipeline with which nothing is wrong; each test spoils one thing.

namespace slotcast::preflight::test {

struct Scene {
  pg::PreflightFacts facts;
  Wanted wanted;

  Scene() {
    wanted.pg.slot = wanted.pg.publication = "slotcast_shop";
    wanted.state = Wanted::State::Empty;
    route("public.*");
    pg::InstanceFacts& server = facts.instance;
    server.version = 150020;
    server.version_text = "15.20";
    server.database = "shop";
    server.role = {"cdc", true, true, false, ""};
    server.wal_level = "logical";
    server.slots = {10, 1};
    server.senders = {10, 1};
    server.connections = {97, 10};
    server.wal_keep_size = "10GB";
    facts.replication.emplace();
    facts.replication->system_identifier = "7001";
    facts.replication->timeline = 1;
    facts.replication->database = "shop";
    facts.replication->flush = {0x9000};
    keyed("orders");
  }

  void route(const std::string& pattern) {
    auto parsed = route::TablePattern::parse(pattern);
    REQUIRE(parsed.ok());
    wanted.routes.push_back({std::move(parsed).value(), {"lake"}, true});
  }

  // The reference is good until the next one.
  pg::TableFacts& table(const std::string& name) {
    pg::TableFacts& added = facts.tables.emplace_back();
    added.oid = static_cast<std::uint32_t>(facts.tables.size());
    added.source = {"public", name, false};
    added.is_publishable = added.is_owner = true;
    return added;
  }

  pg::TableFacts& keyed(const std::string& name) {
    pg::TableFacts& added = table(name);
    added.source.has_identity = added.identity_is_primary = true;
    added.identity_index = name + "_pkey";
    added.identity_columns = added.primary_key = "id";
    return added;
  }

  void has_slot() {
    facts.slot.emplace();
    facts.slot->plugin = "pgoutput";
    facts.slot->database = "shop";
    facts.slot->wal_status = "reserved";
    facts.slot->confirmed = {0x4000};
    facts.replication->slot = facts.slot;
  }

  // Both publications, with the tables where they belong.
  void publish() {
    pg::Publications& now = facts.publications;
    now.main = {true, pg::kPublishAll, true, {}};
    now.insert = {true, pg::kPublishInserts, true, {}};
    for (const pg::TableFacts& one : facts.tables) {
      (one.source.has_identity ? now.main : now.insert).tables.insert(one.source.full_name());
    }
  }

  void begin() {
    publish();
    has_slot();
    wanted.state = Wanted::State::Begun;
    wanted.memory = {"7001", 1, "shop", "slotcast_shop", {0x1000}};
  }

  Report report() const { return examine(facts, wanted); }
};

inline std::string text_of(const std::vector<Finding>& findings, Finding::Kind kind) {
  std::string text;
  for (const Finding& finding : findings) {
    if (finding.kind == kind) text += finding.text + "\n";
  }
  return text;
}

// All findings of a kind, of the tables, too.
inline std::string text_of(const Report& report, Finding::Kind kind) {
  std::string text = text_of(report.findings, kind);
  for (const TableReport& table : report.tables) text += text_of(table.findings, kind);
  return text;
}

inline std::string errors(const Scene& scene) {
  return text_of(scene.report(), Finding::Kind::Error);
}
inline std::string warnings(const Scene& scene) {
  return text_of(scene.report(), Finding::Kind::Warning);
}
inline std::string notes(const Scene& scene) {
  return text_of(scene.report(), Finding::Kind::Note);
}

inline bool has_sql(const Scene& scene, const std::string& statement) {
  const auto report = scene.report();
  for (const std::string& line : report.sql) {
    if (line.starts_with(statement)) return true;
  }
  return false;
}

}  // namespace slotcast::preflight::test
