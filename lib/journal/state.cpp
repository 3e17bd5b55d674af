#include "lib/journal/state.h"

namespace slotcast::journal {
namespace {

void put(ByteWriter& out, const Checkpoint& checkpoint) {
  out.put(checkpoint.next.value)
      .put(checkpoint.lsn.value)
      .put(static_cast<std::uint64_t>(checkpoint.time.microseconds));
}

Checkpoint get_checkpoint(ByteReader& in) {
  Checkpoint checkpoint;
  checkpoint.next = {in.le<std::uint64_t>()};
  checkpoint.lsn = {in.le<std::uint64_t>()};
  checkpoint.time = {static_cast<std::int64_t>(in.le<std::uint64_t>())};
  return checkpoint;
}

void put(ByteWriter& out, const Intent& intent) {
  out.put(intent.batch).put(intent.generation).put(intent.first.value);
  put(out, intent.after);
  out.put_text(intent.token);
}

Intent get_intent(ByteReader& in) {
  Intent intent;
  intent.batch = in.le<std::uint64_t>();
  intent.generation = in.le<std::uint64_t>();
  intent.first = {in.le<std::uint64_t>()};
  intent.after = get_checkpoint(in);
  intent.token = std::string(in.text());
  return intent;
}

void put(ByteWriter& out, const States& states) {
  out.put(static_cast<std::uint32_t>(states.size()));
  for (const auto& [branch, state] : states) {
    out.put_text(branch);
    put(out, state.checkpoint);
    const auto mode = static_cast<std::uint8_t>(state.mode);
    out.put(state.batches).put(static_cast<std::uint8_t>(mode << 1 | (state.intent ? 1 : 0)));
    if (state.intent) put(out, *state.intent);
  }
}

States get_states(ByteReader& in) {
  States states;
  const auto count = in.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::string branch(in.text());
    BranchState& state = states[branch];
    state.checkpoint = get_checkpoint(in);
    state.batches = in.le<std::uint64_t>();
    const auto flags = in.le<std::uint8_t>();
    state.mode = static_cast<Mode>(flags >> 1);
    if ((flags & 1) != 0) state.intent = get_intent(in);
  }
  return states;
}

}  // namespace

std::vector<std::byte> encode(const Entry& entry) {
  std::vector<std::byte> bytes;
  ByteWriter out(bytes);
  out.put(static_cast<std::uint8_t>(entry.kind)).put_text(entry.branch);
  if (entry.kind == EntryKind::Intent) put(out, entry.intent);
  if (entry.kind == EntryKind::Checkpoint) put(out, entry.checkpoint);
  if (entry.kind == EntryKind::Snapshot) put(out, entry.snapshot);
  if (entry.kind == EntryKind::Mode) out.put(static_cast<std::uint8_t>(entry.mode));
  return bytes;
}

std::optional<Entry> decode_entry(Bytes bytes) {
  ByteReader in(bytes);
  Entry entry;
  entry.kind = static_cast<EntryKind>(in.le<std::uint8_t>());
  entry.branch = std::string(in.text());
  switch (entry.kind) {
    case EntryKind::Intent:
      entry.intent = get_intent(in);
      break;
    case EntryKind::Checkpoint:
      entry.checkpoint = get_checkpoint(in);
      break;
    case EntryKind::Snapshot:
      entry.snapshot = get_states(in);
      break;
    case EntryKind::Forget:
      break;
    case EntryKind::Mode:
      entry.mode = static_cast<Mode>(in.le<std::uint8_t>());
      break;
    default:
      return std::nullopt;
  }
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return entry;
}

void apply(States& states, const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::Snapshot:
      states = entry.snapshot;
      return;
    case EntryKind::Forget:
      states.erase(entry.branch);
      return;
    case EntryKind::Intent:
      states[entry.branch].intent = entry.intent;
      return;
    case EntryKind::Mode:
      states[entry.branch].mode = entry.mode;
      return;
    case EntryKind::Checkpoint: {
      BranchState& state = states[entry.branch];
      if (state.intent && state.intent->after.next <= entry.checkpoint.next) {
        state.batches = state.intent->batch;
        state.intent.reset();
      }
      state.checkpoint = entry.checkpoint;
      return;
    }
  }
}

}  // namespace slotcast::journal
