#include "daemon/check_live.h"
#include "daemon/human.h"

namespace slotcast {
namespace {

using preflight::Finding;
using preflight::Report;
using preflight::TableReport;

const char* label_of(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::Error:
      return "ERROR   ";
    case Finding::Kind::Warning:
      return "warning ";
    default:
      return "note    ";
  }
}

std::string render_findings(const std::vector<Finding>& findings, std::size_t columns) {
  std::string out;
  for (const Finding& finding : findings) {
    // wrap() takes several spaces for one: the label is put in front of what it made.
    const std::string text =
        wrap(std::string(10, '.') + printable(finding.text), columns, 10).substr(10);
    out += std::string("  ") + label_of(finding.kind) + text;
  }
  return out;
}

// One line of what the server is, under a label.
std::string render_fact(const std::string& label, const std::string& text, std::size_t columns) {
  const std::string wrapped = wrap(std::string(10, '.') + printable(text), columns, 10);
  return label + std::string(10 - label.size(), ' ') + wrapped.substr(10);
}

std::string used_of(const pg::Budget& budget) {
  return std::to_string(budget.used) + " of " + std::to_string(budget.most);
}

std::string describe_slot(const std::string& name, const std::optional<pg::SlotFacts>& slot) {
  if (!slot) return name + " does not exist";
  std::string text = name + ", " +
                     (slot->active_pid ? "read by process " + std::to_string(*slot->active_pid)
                                       : std::string("read by nobody at the moment")) +
                     ", wal_status " + slot->wal_status + ", confirmed " +
                     to_string(slot->confirmed);
  if (slot->safe_wal_bytes >= 0) {
    text += ", lost after " + human_bytes(static_cast<std::uint64_t>(slot->safe_wal_bytes)) +
            " more of WAL";
  }
  return text;
}

std::string render_server(const Report& report, const config::Config& config, std::size_t columns) {
  const pg::InstanceFacts& server = report.instance;
  std::string out = render_fact("pipeline", config.name, columns);
  out += render_fact("server",
                     "PostgreSQL " + server.version_text +
                         (server.in_recovery ? ", a standby" : ", primary") + ", database " +
                         server.database + ", role " + server.role.name,
                     columns);
  std::string wal = "wal_level " + server.wal_level + ", max_slot_wal_keep_size " +
                    (server.wal_keep_size == "-1" ? "unlimited" : server.wal_keep_size);
  if (!server.idle_timeout.empty()) {
    wal += ", idle_replication_slot_timeout " +
           (server.idle_timeout == "0" ? "off" : server.idle_timeout);
  }
  out += render_fact("wal", wal, columns);
  out += render_fact("in use",
                     "slots " + used_of(server.slots) + ", wal senders " + used_of(server.senders) +
                         ", connections " + used_of(server.connections),
                     columns);
  return out + render_fact("slot", describe_slot(config.source.slot, report.slot), columns);
}

std::string describe_identity(const pg::TableFacts& table) {
  if (table.replica_identity == 'f') return "full";
  if (table.replica_identity == 'n') return "nothing";
  if (table.identity_index.empty()) return "none";
  const std::string columns = " (" + table.identity_columns + ")";
  return table.identity_is_primary && table.replica_identity == 'd'
             ? "primary key" + columns
             : "index " + table.identity_index + columns;
}

// The daemon does it by itself: to be read, not to be run.
std::string render_pushdown(const TableReport& table) {
  std::string out;
  for (const std::string& statement : table.pushdown) {
    out += (out.empty() ? "  pushdown  " : "            ") + printable(statement) + "\n";
  }
  return out;
}

std::string render_table(const TableReport& table, bool is_estimate, std::size_t columns) {
  std::string head = "table " + table.facts.source.full_name() + ": " +
                     (is_estimate ? "about " : "") + human_bytes(table.facts.bytes) + ", ";
  head += table.facts.rows < 0
              ? "never analyzed"
              : "about " + human_count(static_cast<std::uint64_t>(table.facts.rows)) + " rows";
  head += ", to ";
  for (std::size_t i = 0; i < table.sinks.size(); ++i) head += (i > 0 ? ", " : "") + table.sinks[i];
  const std::string identity =
      "..identity " + describe_identity(table.facts) + "; " +
      (table.is_published ? "published by " : "not published yet, goes into ") + table.publication;
  return wrap(printable(head), columns) + "  " + wrap(printable(identity), columns, 4).substr(2) +
         render_findings(table.findings, columns) + render_pushdown(table);
}

// A name may hold anything, and what cannot be shown as it is cannot be pasted either.
std::string render_sql(const Report& report) {
  if (report.sql.empty()) return "";
  std::string out = "\nWhat a DBA would run:\n  -- with psql, as a superuser, in database " +
                    printable(report.instance.database) +
                    "; lines behind -- are for somebody to decide\n";
  for (const std::string& line : report.sql) {
    const std::string shown = printable(line);
    out += "  " + (shown == line ? line : "-- a name in it cannot be printed: " + shown) + "\n";
  }
  return out;
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

std::string render_preflight(const Report& report, const config::Config& config,
                             std::size_t columns) {
  std::string out =
      render_server(report, config, columns) + render_findings(report.findings, columns);
  for (const TableReport& table : report.tables) {
    out += "\n" + render_table(table, report.sizes_are_estimates, columns);
  }
  out += render_sql(report);
  const std::size_t errors = report.count(Finding::Kind::Error);
  const std::string warnings = counted(report.count(Finding::Kind::Warning), "warning");
  return out + "\n" +
         (errors == 0 ? "ok: " + counted(report.tables.size(), "table")
                      : "not ready: " + counted(errors, "error")) +
         ", " + warnings + "\n";
}

}  // namespace slotcast
