#include "config/print.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "config/print_kafka.h"
#include "config/print_stage.h"
#include "config/units.h"

namespace slotcast::config {
namespace {

void print_source(YAML::Emitter& out, const Config& config) {
  const pg::Options& source = config.source;
  out << YAML::Key << "source" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "postgres" << YAML::Value << source.uri;
  if (!config.password_reference.empty()) {
    out << YAML::Key << "password" << YAML::Value << config.password_reference;
  }
  out << YAML::Key << "slot" << YAML::Value << source.slot;
  out << YAML::Key << "publication" << YAML::Value << source.publication;
  out << YAML::Key << "adopt" << YAML::Value << source.adopt_slot;
  out << YAML::Key << "tables" << YAML::Value << (source.adds_tables ? "auto" : "listed");
  out << YAML::Key << "advance" << YAML::Value << (source.waits_for_sinks ? "delivered" : "logged");
  out << YAML::Key << "pushdown" << YAML::Value << (source.pushes_down ? "auto" : "off");
  out << YAML::Key << "status_interval" << YAML::Value << print_duration(source.status_interval);
  out << YAML::Key << "receive_timeout" << YAML::Value << print_duration(source.receive_timeout);
  out << YAML::Key << "connect_timeout" << YAML::Value << print_duration(source.connect_timeout);
  out << YAML::Key << "snapshot" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "workers" << YAML::Value << config.snapshot.workers;
  out << YAML::Key << "range_size" << YAML::Value << print_size(config.snapshot.range_bytes);
  out << YAML::Key << "max_size" << YAML::Value << print_size(config.snapshot.disk_bytes_max);
  out << YAML::EndMap << YAML::EndMap;
}

void print_sink(YAML::Emitter& out, const Sink& sink) {
  out << YAML::Key << sink.name << YAML::Value << YAML::BeginMap;
  if (const auto* stage = std::get_if<stage::Options>(&sink.connector)) {
    out << YAML::Key << "stage" << YAML::Value;
    print_stage(out, *stage, sink.references);
  } else if (const auto* kafka = std::get_if<kafka::Options>(&sink.connector)) {
    out << YAML::Key << "kafka" << YAML::Value;
    print_kafka(out, *kafka, sink.references);
  } else {
    out << YAML::Key << "null" << YAML::Value << YAML::Flow << YAML::BeginMap << YAML::EndMap;
  }
  out << YAML::Key << "batch" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "max_rows" << YAML::Value << sink.batch.rows_max;
  out << YAML::Key << "max_size" << YAML::Value << print_size(sink.batch.bytes_max);
  out << YAML::Key << "every" << YAML::Value << print_duration(sink.batch.age_max);
  out << YAML::Key << "every_behind" << YAML::Value
      << print_duration(std::max(sink.batch.age_max, sink.batch.age_behind_max));
  out << YAML::EndMap;
  out << YAML::Key << "start" << YAML::Value << name_of(sink.start);
  out << YAML::Key << "on_error" << YAML::Value << name_of(sink.on_error) << YAML::EndMap;
}

void print_routes(YAML::Emitter& out, const Config& config) {
  out << YAML::Key << "routes" << YAML::Value << YAML::BeginSeq;
  for (const Route& route : config.routes) {
    out << YAML::BeginMap << YAML::Key << "from" << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& from : route.from) out << YAML::DoubleQuoted << from.text;
    out << YAML::EndSeq;
    for (const auto& [key, sql] : {std::pair("where", &route.where), {"select", &route.select}}) {
      if (sql->text.empty()) continue;
      out << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << sql->text;
    }
    out << YAML::Key << "to" << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& target : route.to) {
      out << (target.name.empty() ? target.sink : target.sink + "." + target.name);
    }
    out << YAML::EndSeq << YAML::EndMap;
  }
  out << YAML::EndSeq;
}

}  // namespace

std::string print(const Config& config) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "name" << YAML::Value << config.name;
  out << YAML::Key << "state" << YAML::Value << config.state;
  out << YAML::Key << "shutdown_timeout" << YAML::Value << print_duration(config.shutdown_timeout);
  print_source(out, config);
  out << YAML::Key << "log" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "max_size" << YAML::Value << print_size(config.log.size_bytes_max);
  out << YAML::Key << "on_full" << YAML::Value
      << (config.log.on_full == log::OnFull::Detach ? "detach" : "pause");
  out << YAML::Key << "segment_size" << YAML::Value << print_size(config.log.segment_bytes);
  out << YAML::Key << "keep" << YAML::Value << print_duration(config.log.keep);
  out << YAML::Key << "sync_interval" << YAML::Value << print_duration(config.log.sync_interval);
  out << YAML::EndMap;
  const std::string listen = config.admin.port == 0
                                 ? "off"
                                 : (config.admin.host == "::1" ? "[::1]" : config.admin.host) +
                                       ":" + std::to_string(config.admin.port);
  out << YAML::Key << "admin" << YAML::Value << YAML::BeginMap << YAML::Key << "listen"
      << YAML::Value << YAML::DoubleQuoted << listen << YAML::EndMap;
  out << YAML::Key << "sinks" << YAML::Value << YAML::BeginMap;
  for (const Sink& sink : config.sinks) print_sink(out, sink);
  out << YAML::EndMap;
  print_routes(out, config);
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace slotcast::config
