// A lower bound for every order of a segment. When an item runs, what leads to it is done and what
// depends on it is not; everything else may or may not be done. The least that can be alive then is
// a minimum cut between the two.
#include "memory_model/order/order_bound.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "common/index.h"

namespace mcunas {
namespace {

constexpr int64_t kUncut = std::numeric_limits<int64_t>::max() / 4;

// Maximum flow by shortest augmenting paths (Edmonds, Karp 1972); graphs of a few hundred edges.
class FlowGraph {
 public:
  explicit FlowGraph(int nodes) : edges_of_(Index(nodes)) {}

  void Add(int from, int to, int64_t capacity) {
    edges_of_[Index(from)].push_back(static_cast<int>(edges_.size()));
    edges_.push_back({to, capacity});
    edges_of_[Index(to)].push_back(static_cast<int>(edges_.size()));
    edges_.push_back({from, 0});
  }

  int64_t MaxFlow(int source, int sink) {
    int64_t flow = 0;
    while (FindPath(source, sink)) {
      int64_t most = kUncut;
      for (int v = sink; v != source; v = edges_[Index(came_by_[Index(v)] ^ 1)].to)
        most = std::min(most, edges_[Index(came_by_[Index(v)])].capacity);
      for (int v = sink; v != source; v = edges_[Index(came_by_[Index(v)] ^ 1)].to) {
        edges_[Index(came_by_[Index(v)])].capacity -= most;
        edges_[Index(came_by_[Index(v)] ^ 1)].capacity += most;
      }
      flow += most;
    }
    return flow;
  }

 private:
  struct Edge {
    int to = 0;
    int64_t capacity = 0;
  };

  bool FindPath(int source, int sink) {
    came_by_.assign(edges_of_.size(), -1);
    std::vector<int> queue = {source};
    for (size_t k = 0; k < queue.size() && came_by_[Index(sink)] < 0; ++k) {
      for (int e : edges_of_[Index(queue[k])]) {
        const Edge& edge = edges_[Index(e)];
        if (edge.capacity == 0 || edge.to == source || came_by_[Index(edge.to)] >= 0) continue;
        came_by_[Index(edge.to)] = e;
        queue.push_back(edge.to);
      }
    }
    return came_by_[Index(sink)] >= 0;
  }

  std::vector<Edge> edges_;  // an edge and its reverse side by side
  std::vector<std::vector<int>> edges_of_;
  std::vector<int> came_by_;
};

class SegmentBound {
 public:
  explicit SegmentBound(const OrderSegment& segment) : segment_(segment), permanent_(segment.live) {
    for (const OrderTensor& tensor : segment.tensors)
      if (tensor.producer < 0) permanent_ -= tensor.size;
  }

  int64_t Least() const {
    int64_t least = 0;
    for (int i = 0; i < static_cast<int>(segment_.items.size()); ++i)
      least = std::max(least, permanent_ + LeastAlive(i) + LeastRoom(i));
    return least;
  }

 private:
  // Nodes: source, sink, items, tensors. On the source side: the items that are done and the
  // tensors that are through.
  int Item(int i) const { return 2 + i; }
  int Tensor(size_t t) const {
    return 2 + static_cast<int>(segment_.items.size()) + static_cast<int>(t);
  }

  // Bytes of tensors that are alive in the best case before item i runs.
  int64_t LeastAlive(int i) const {
    constexpr int kSource = 0, kSink = 1;
    FlowGraph graph(Tensor(segment_.tensors.size()));
    for (int k = 0; k < static_cast<int>(segment_.items.size()); ++k)
      for (int before : segment_.items[Index(k)].after) graph.Add(Item(k), Item(before), kUncut);
    for (int before : segment_.items[Index(i)].after) graph.Add(kSource, Item(before), kUncut);
    graph.Add(Item(i), kSink, kUncut);
    for (size_t t = 0; t < segment_.tensors.size(); ++t) {
      const OrderTensor& tensor = segment_.tensors[t];
      graph.Add(tensor.producer < 0 ? kSource : Item(tensor.producer), Tensor(t), tensor.size);
      for (int reader : tensor.readers) graph.Add(Tensor(t), Item(reader), kUncut);
      if (tensor.stays) graph.Add(Tensor(t), kSink, kUncut);
    }
    return graph.MaxFlow(kSource, kSink);
  }

  // Bytes above those that item i needs in the best case: all its operands die.
  int64_t LeastRoom(int i) const {
    const OrderItem& item = segment_.items[Index(i)];
    int64_t first = item.hill, later = item.later_hill;
    for (const OrderOperand& operand : item.operands) {
      later -= segment_.tensors[Index(operand.tensor)].size;
      if (operand.in_place) first = 0;
    }
    return std::max(first, later);
  }

  const OrderSegment& segment_;
  int64_t permanent_;  // bytes that live through the whole segment
};

}  // namespace

int64_t LeastPeakOf(const OrderSegment& segment) { return SegmentBound(segment).Least(); }

}  // namespace mcunas
