#include "memory_model/planner/stream_facts.h"

#include <algorithm>

#include "memory_model/alignment.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

OperatorFacts DescribeOperator(const Network& network, int i) {
  const Operator& op = network.op(i);
  OperatorFacts facts;
  facts.last_only = op.kind == OpKind::kGlobalAveragePool;
  facts.alone = !facts.last_only && ReadsWholeInput(op);
  facts.elementwise = IsElementwise(op.kind);
  const Shape& steps = facts.last_only ? op.in : op.out;
  facts.height = steps.height;
  facts.width = steps.width;
  facts.macs_per_pixel = OperatorMacs(op).value / (int64_t{steps.height} * steps.width);
  if (facts.last_only) facts.state_bytes = 4 * int64_t{op.out.channels};
  for (size_t k = 0; k < op.inputs.size(); ++k) {
    const AxisWindow window = RowWindow(op, static_cast<int>(k));
    facts.follows |= op.inputs[k] == i - 1 && !window.whole && window.upscale == 1;
  }
  return facts;
}

AxisWindow OneToOne() { return {}; }

void AddReaders(const Network& network, int i, StreamFacts* facts) {
  const Operator& op = network.op(i);
  const bool pool = facts->op(i).last_only;
  for (size_t k = 0; k < op.inputs.size(); ++k) {
    TensorReader reader;
    reader.op = i;
    reader.rows = pool ? OneToOne() : RowWindow(op, static_cast<int>(k));
    reader.columns = pool ? OneToOne() : ColumnWindow(op, static_cast<int>(k));
    TensorFacts& tensor = facts->tensors[op.inputs[k]];
    tensor.readers.push_back(reader);
    tensor.last_use = i;
  }
}

// The operand of `op` that is the tensor of the operator before it.
const TensorReader& ChainReader(const StreamFacts& facts, int op) {
  const std::vector<TensorReader>& readers = facts.tensor(op - 1).readers;
  return *std::find_if(readers.begin(), readers.end(),
                       [&](const TensorReader& r) { return r.op == op && !r.rows.whole; });
}

// Whether everything from the tensor to `op` is one chain (with residuals over it).
bool Linked(const StreamFacts& facts, int tensor, int op) {
  for (int i = tensor + 1; i <= op; ++i)
    if (!facts.op(i).follows) return false;
  return true;
}

// Rows of `tensor` that exist when `op` has what it needs for its row y, by way of the chain.
struct ChainRows {
  int count = 0;
  // The last one is complete although the operators above are at the beginning of their rows: the
  // row before theirs, at the bottom of the map, has asked for it already.
  bool complete = false;
};

ChainRows RowsThroughChain(const StreamFacts& facts, int tensor, int op, int y) {
  ChainRows rows{y + 1, false};
  for (int i = op; i > tensor; --i) {
    const AxisWindow& window = ChainReader(facts, i).rows;
    const int height = facts.tensor_height(i - 1);
    const int before = rows.count < 2 ? 0 : std::clamp(window.End(rows.count - 2), 0, height);
    rows.count = std::clamp(window.End(rows.count - 1), 0, height);
    rows.complete = rows.complete || rows.count == before;
  }
  return rows;
}

// Keeps the largest counts over the rows of one reader, given in order.
class RowCounter {
 public:
  void Row(int first, int there, bool complete = false) {
    int& most = there > before_ && !complete ? most_.growing : most_.complete;
    most = std::max(most, there - first);
    before_ = there;
  }
  RowsAlive most() const { return most_; }

 private:
  RowsAlive most_;
  int before_ = 0;
};

void CountRowsAlive(const StreamFacts& facts, int tensor, TensorReader* reader) {
  const int height = facts.tensor_height(tensor);
  reader->alone = reader->in_chain = {height, height};
  if (reader->rows.whole) return;
  const bool linked = Linked(facts, tensor, reader->op);
  RowCounter alone, in_chain;
  for (int y = 0; y < facts.op(reader->op).height; ++y) {
    const int first = std::clamp(reader->rows.First(y), 0, height);
    const int there = std::clamp(reader->rows.End(y), 0, height);
    alone.Row(first, there);
    if (!linked) continue;
    const ChainRows chain = RowsThroughChain(facts, tensor, reader->op, y);
    in_chain.Row(first, std::max(there, chain.count), chain.complete);
  }
  reader->alone = alone.most();
  if (linked) reader->in_chain = in_chain.most();
}

void SumLiveBefore(StreamFacts* facts) {
  facts->live_before.assign(facts->count() + 1, 0);
  for (int t = kNetworkInput; t < facts->count(); ++t) {
    const TensorFacts& tensor = facts->tensor(t);
    const int end = std::min(tensor.last_use, facts->count());
    for (int i = t + 1; i <= end; ++i) facts->live_before[i] += tensor.size;
  }
}

}  // namespace

StreamFacts ComputeStreamFacts(const Network& network) {
  StreamFacts facts;
  facts.network = &network;
  const int count = network.operator_count();
  facts.tensors.resize(count);
  for (int t = kNetworkInput; t < count; ++t) {
    const Shape shape = network.tensor_shape(t);
    TensorFacts& tensor = facts.tensors[t];
    tensor.size = TensorBytes(shape);
    tensor.row_bytes = shape.row_elements();
    tensor.last_use = std::max(t, 0);  // the input lies there at the start, read or not
  }
  for (int i = 0; i < count; ++i) facts.operators.push_back(DescribeOperator(network, i));
  for (int i = 0; i < count; ++i) AddReaders(network, i, &facts);
  for (int t : OutputTensors(network)) facts.tensors[t].last_use = count;
  for (int t = kNetworkInput; t < count; ++t)
    for (TensorReader& reader : facts.tensors[t].readers) CountRowsAlive(facts, t, &reader);
  SumLiveBefore(&facts);
  return facts;
}

int ColumnsAlive(const StreamFacts& facts, int tensor, const TensorReader& reader, int limit,
                 bool alone) {
  const int width = facts.tensor_width(tensor);
  if (limit >= facts.op(reader.op).width || reader.rows.whole) return width;
  const AxisWindow& own = reader.columns;
  const int columns = (limit - 1 + own.upscale - 1) / own.upscale * own.stride + own.kernel;
  if (alone || reader.op == tensor + 1) return std::min(width, columns);
  int reach = limit;
  for (int i = reader.op; i > tensor; --i)
    reach = std::min(ChainReader(facts, i).columns.End(reach - 1), kMaxSide);
  return std::min(width, std::max(columns, reach + own.before));
}

}  // namespace mcunas
