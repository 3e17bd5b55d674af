#pragma once

#include <array>

// Every metric once: the name with its unit, the type, and what it means. Names follow
// Prometheus' conventions (prometheus.io/docs/practices/naming): base units, _total for counters.
// All but the process_ ones carry the label `pipeline`; those of a sink also `sink`, `connector`.

namespace slotcast::metrics {

enum class Type { Counter, Gauge };

struct Name {
  const char* name;
  Type type;
  const char* help;
};

// A value that a part of the program has for one of them.
struct Figure {
  const Name* name = nullptr;
  double value = 0;
};

inline constexpr Name kBuildInfo{"slotcast_build_info", Type::Gauge, "1; the version is a label"};
inline constexpr Name kUptime{"slotcast_uptime_seconds", Type::Gauge, "Since the process started"};
inline constexpr Name kReady{"slotcast_ready", Type::Gauge, "1 when /readyz answers 200"};
inline constexpr Name kCaptureState{"slotcast_capture_state", Type::Gauge,
                                    "1 for the state capture is in, 0 for the others"};
inline constexpr Name kHead{"slotcast_head_lsn_bytes", Type::Gauge, "End of the server's WAL"};
inline constexpr Name kReceived{"slotcast_received_lsn_bytes", Type::Gauge,
                                "End of the last transaction received"};
inline constexpr Name kLogged{"slotcast_logged_lsn_bytes", Type::Gauge,
                              "Everything before it is durable in the log"};
inline constexpr Name kConfirmed{"slotcast_confirmed_lsn_bytes", Type::Gauge,
                                 "Told to the server: it may forget what is before"};
inline constexpr Name kSourceLag{"slotcast_source_lag_bytes", Type::Gauge,
                                 "WAL between the server's end and what is logged"};
inline constexpr Name kTransactions{"slotcast_transactions_total", Type::Counter,
                                    "Transactions received"};
inline constexpr Name kMessages{"slotcast_messages_total", Type::Counter, "Messages received"};
inline constexpr Name kMessageBytes{"slotcast_message_bytes_total", Type::Counter,
                                    "Bytes of the messages received"};
inline constexpr Name kDuplicates{"slotcast_duplicate_transactions_total", Type::Counter,
                                  "Transactions the server sent again, dropped"};
inline constexpr Name kReconnects{"slotcast_reconnects_total", Type::Counter,
                                  "Connections to the server that were lost"};
inline constexpr Name kSlotRestart{"slotcast_slot_restart_lsn_bytes", Type::Gauge,
                                   "The oldest WAL the slot makes the server keep"};
inline constexpr Name kSlotSafe{"slotcast_slot_safe_wal_bytes", Type::Gauge,
                                "WAL until the slot is lost (max_slot_wal_keep_size); -1 no limit"};
inline constexpr Name kSlotStatus{"slotcast_slot_wal_status", Type::Gauge,
                                  "1 for the slot's wal_status, a label"};
inline constexpr Name kSnapshotState{"slotcast_snapshot_state", Type::Gauge,
                                     "1 for the state the snapshot is in, 0 for the others"};
inline constexpr Name kSnapshotRows{"slotcast_snapshot_rows_total", Type::Counter,
                                    "Rows of the table copied by this process"};
inline constexpr Name kSnapshotBytes{"slotcast_snapshot_bytes_total", Type::Counter,
                                     "Bytes of the table's rows copied by this process"};
inline constexpr Name kSnapshotDone{"slotcast_snapshot_done_bytes", Type::Gauge,
                                    "Of what the table takes at the server: copied"};
inline constexpr Name kSnapshotPlanned{"slotcast_snapshot_planned_bytes", Type::Gauge,
                                       "What the table takes at the server"};
inline constexpr Name kSnapshotLeft{"slotcast_snapshot_left_seconds", Type::Gauge,
                                    "Until all is copied, at the speed so far; -1 not known"};
inline constexpr Name kSnapshotSize{"slotcast_snapshot_size_bytes", Type::Gauge,
                                    "Copied, and not yet delivered by all sinks"};
inline constexpr Name kChunkRows{"slotcast_chunk_rows_total", Type::Counter,
                                 "Rows read from tables beside the stream"};
inline constexpr Name kChunkTables{
    "slotcast_chunk_tables_waiting", Type::Gauge,
    "Tables to be read beside the stream, the one being read included"};
inline constexpr Name kChunkSize{"slotcast_chunk_size_bytes", Type::Gauge,
                                 "Read beside the stream, and not yet delivered by all sinks"};
inline constexpr Name kSinkHeld{"slotcast_sink_held_log_bytes", Type::Gauge,
                                "Of the log on disk: what the sink has not passed"};
inline constexpr Name kLogSize{"slotcast_log_size_bytes", Type::Gauge, "The log on disk"};
inline constexpr Name kLogMax{"slotcast_log_max_size_bytes", Type::Gauge, "log.max_size"};
inline constexpr Name kLogSegments{"slotcast_log_segments", Type::Gauge, "Segments of the log"};
inline constexpr Name kLogBlocks{"slotcast_log_blocks_total", Type::Counter,
                                 "Blocks ever written to this log"};
inline constexpr Name kLogSyncs{"slotcast_log_syncs_total", Type::Counter, "Syncs of the log"};
inline constexpr Name kLogFirst{"slotcast_log_first_record", Type::Gauge, "Oldest record kept"};
inline constexpr Name kLogDurable{"slotcast_log_durable_record", Type::Gauge,
                                  "Newest record that is durable"};
inline constexpr Name kSinkState{"slotcast_sink_state", Type::Gauge,
                                 "1 for the state the sink is in, 0 for the others"};
inline constexpr Name kDelivered{"slotcast_sink_delivered_lsn_bytes", Type::Gauge,
                                 "Everything that commits before it has reached the sink"};
inline constexpr Name kSinkLagBytes{"slotcast_sink_lag_bytes", Type::Gauge,
                                    "WAL between the end of the log and what is delivered"};
inline constexpr Name kSinkLagSeconds{"slotcast_sink_lag_seconds", Type::Gauge,
                                      "Age of the oldest transaction not delivered"};
inline constexpr Name kSinkRows{"slotcast_sink_rows_total", Type::Counter, "Rows committed"};
inline constexpr Name kSinkBatches{"slotcast_sink_batches_total", Type::Counter,
                                   "Batches committed"};
inline constexpr Name kSinkBytes{"slotcast_sink_bytes_total", Type::Counter,
                                 "Bytes committed, in the sink's encoding"};
inline constexpr Name kSinkRetries{"slotcast_sink_retries_total", Type::Counter,
                                   "Attempts that failed and are made again"};
inline constexpr Name kSinkOpenRows{"slotcast_sink_open_rows", Type::Gauge,
                                    "Rows in the batch being filled"};
inline constexpr Name kDeadLetters{"slotcast_dead_letters", Type::Gauge,
                                   "Rows that did not get through to the sink, kept"};
inline constexpr Name kRouteErrors{"slotcast_route_errors_total", Type::Counter,
                                   "Rows that a route's expressions failed for"};
inline constexpr Name kSinkErrorAt{"slotcast_sink_last_error_timestamp_seconds", Type::Gauge,
                                   "When the sink last failed; 0 when it never did"};
inline constexpr Name kKafkaTransactions{"slotcast_kafka_transactions_total", Type::Counter,
                                         "Transactions committed"};
inline constexpr Name kKafkaAborted{"slotcast_kafka_aborted_transactions_total", Type::Counter,
                                    "Transactions begun and not committed, as far as is known"};
inline constexpr Name kKafkaProducers{"slotcast_kafka_producers_total", Type::Counter,
                                      "Producers made: one, and one more after each lost"};
inline constexpr Name kKafkaQueued{"slotcast_kafka_queue_messages", Type::Gauge,
                                   "Messages taken and not acknowledged by brokers"};
inline constexpr Name kKafkaQueuedBytes{"slotcast_kafka_queue_bytes", Type::Gauge,
                                        "Bytes of the messages not acknowledged"};
inline constexpr Name kKafkaInFlight{"slotcast_kafka_in_flight_requests", Type::Gauge,
                                     "Requests that brokers have not answered"};
inline constexpr Name kKafkaLatency{"slotcast_kafka_broker_latency_seconds", Type::Gauge,
                                    "99th percentile of the slowest broker's answers"};
inline constexpr Name kKafkaBrokers{"slotcast_kafka_brokers_up", Type::Gauge,
                                    "Brokers with a connection"};
inline constexpr Name kKafkaMessages{"slotcast_kafka_messages_total", Type::Counter,
                                     "Messages sent, those sent again included"};
inline constexpr Name kKafkaBytes{"slotcast_kafka_message_bytes_total", Type::Counter,
                                  "Bytes of keys and values sent"};
inline constexpr Name kKafkaRetries{"slotcast_kafka_retries_total", Type::Counter,
                                    "Requests sent again"};
inline constexpr Name kKafkaTimeouts{"slotcast_kafka_timeouts_total", Type::Counter,
                                     "Requests that brokers did not answer in time"};
inline constexpr Name kProcessMemory{"process_resident_memory_bytes", Type::Gauge,
                                     "Resident memory"};
inline constexpr Name kProcessCpu{"process_cpu_seconds_total", Type::Counter,
                                  "User and system CPU time"};

inline constexpr std::array kAll{
    kBuildInfo,     kUptime,         kReady,          kCaptureState,     kHead,
    kReceived,      kLogged,         kConfirmed,      kSourceLag,        kTransactions,
    kMessages,      kMessageBytes,   kDuplicates,     kReconnects,       kSlotRestart,
    kSlotSafe,      kSlotStatus,     kLogSize,        kLogMax,           kLogSegments,
    kLogBlocks,     kLogSyncs,       kLogFirst,       kLogDurable,       kSinkState,
    kDelivered,     kSinkLagBytes,   kSinkLagSeconds, kSinkRows,         kSinkBatches,
    kSnapshotState, kSnapshotRows,   kSnapshotBytes,  kSnapshotDone,     kSnapshotPlanned,
    kSnapshotLeft,  kSnapshotSize,   kSinkBytes,      kSinkRetries,      kSinkOpenRows,
    kSinkErrorAt,   kChunkRows,      kChunkTables,    kChunkSize,        kSinkHeld,
    kDeadLetters,   kRouteErrors,    kProcessMemory,  kProcessCpu,       kKafkaTransactions,
    kKafkaAborted,  kKafkaProducers, kKafkaQueued,    kKafkaQueuedBytes, kKafkaInFlight,
    kKafkaLatency,  kKafkaBrokers,   kKafkaMessages,  kKafkaBytes,       kKafkaRetries,
    kKafkaTimeouts};

}  // namespace slotcast::metrics
