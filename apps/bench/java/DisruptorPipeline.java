import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.SleepingWaitStrategy;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;

/**
 * One producer, one consumer, and the LMAX Disruptor between them. Values are stamped as the bench's own are
 * (stamped-value.ts), copied into the slot's array and out of it, and checked: size, last byte and order.
 *
 * <p>Arguments: {@code blocking}, {@code sleeping}, {@code yielding} or {@code busySpin}, and the size of a value.
 * Each line of standard input is a number of records to send; each is answered by a line with four numbers: nanoseconds until the last one was
 * consumed, processor time of the process meanwhile in nanoseconds, and the count and the sum of the sequences of
 * all records that were consumed so far.
 */
final class DisruptorPipeline {
  /** As in the Disruptor's own throughput tests. */
  private static final int SLOTS = 65_536;

  private static final int PRODUCER_BYTE = 4;
  private static final byte PATTERN = 0x61;

  private static final class Slot {
    final byte[] bytes;
    int length;

    Slot(int sizeBytes) {
      bytes = new byte[sizeBytes];
    }
  }

  /** Of the consumer's thread; read by the producer's once the latch is down. */
  private static final class Consumed {
    final byte[] value;
    long count;
    long sum;
    long last = -1;
    long endAt;
    long finishedAtNanos;
    String fault;
    CountDownLatch finished;

    Consumed(int sizeBytes) {
      value = new byte[sizeBytes];
    }

    void take(Slot slot) {
      System.arraycopy(slot.bytes, 0, value, 0, slot.length);
      long sequence =
          (value[0] & 0xffL)
              | (value[1] & 0xffL) << 8
              | (value[2] & 0xffL) << 16
              | (value[3] & 0xffL) << 24;
      boolean isWhole =
          slot.length == value.length
              && value[PRODUCER_BYTE] == 0
              && (value.length == PRODUCER_BYTE + 1 || value[value.length - 1] == PATTERN);
      if ((!isWhole || sequence <= last) && fault == null) {
        fault = "value " + sequence + " came after " + last + ", or is not what was sent";
      }
      last = sequence;
      count++;
      sum += sequence;
      if (count != endAt) return;
      finishedAtNanos = System.nanoTime();
      finished.countDown();
    }
  }

  public static void main(String[] arguments) throws Exception {
    WaitStrategy wait =
        switch (arguments[0]) {
          case "blocking" -> new BlockingWaitStrategy();
          case "sleeping" -> new SleepingWaitStrategy();
          case "yielding" -> new YieldingWaitStrategy();
          case "busySpin" -> new BusySpinWaitStrategy();
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    int sizeBytes = Integer.parseInt(arguments[1]);
    Disruptor<Slot> disruptor =
        new Disruptor<>(
            () -> new Slot(sizeBytes), SLOTS, DaemonThreadFactory.INSTANCE, ProducerType.SINGLE, wait);
    Consumed consumed = new Consumed(sizeBytes);
    disruptor.handleEventsWith((slot, sequence, isEndOfBatch) -> consumed.take(slot));
    RingBuffer<Slot> ring = disruptor.start();

    byte[] value = new byte[sizeBytes];
    java.util.Arrays.fill(value, PATTERN);
    value[PRODUCER_BYTE] = 0;
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    long sent = 0;
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      long end = sent + Long.parseLong(line);
      consumed.finished = new CountDownLatch(1);
      consumed.endAt = end; // Published to the consumer with the next record.
      long cpuAtStart = system.getProcessCpuTime();
      long startedAtNanos = System.nanoTime();
      produce(ring, value, sent, end);
      consumed.finished.await();
      long cpuNanos = system.getProcessCpuTime() - cpuAtStart;
      sent = end;
      if (consumed.fault != null) throw new IllegalStateException(consumed.fault);
      System.out.println(
          (consumed.finishedAtNanos - startedAtNanos)
              + " " + cpuNanos + " " + consumed.count + " " + consumed.sum);
    }
  }

  private static void produce(RingBuffer<Slot> ring, byte[] value, long first, long end) {
    for (long record = first; record < end; record++) {
      value[0] = (byte) record;
      value[1] = (byte) (record >>> 8);
      value[2] = (byte) (record >>> 16);
      value[3] = (byte) (record >>> 24);
      long at = ring.next();
      Slot slot = ring.get(at);
      System.arraycopy(value, 0, slot.bytes, 0, value.length);
      slot.length = value.length;
      ring.publish(at);
    }
  }
}
