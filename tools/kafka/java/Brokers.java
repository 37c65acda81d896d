import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;

/**
 * Several brokers and a controller in one JVM, by Kafka's own test kit. Prints "bootstrap SERVERS" and "control PORT";
 * on that port of the loopback it takes a line each: "stop ID", "kill ID", "start ID", "quit", and answers "done" or what failed.
 */
public class Brokers {
  public static void main(String[] args) throws Exception {
    int brokers = Integer.parseInt(args[0]);
    String replicas = String.valueOf(Math.min(brokers, 3));
    TestKitNodes nodes =
        new TestKitNodes.Builder().setNumBrokerNodes(brokers).setNumControllerNodes(1).build();
    KafkaClusterTestKit cluster =
        new KafkaClusterTestKit.Builder(nodes)
            .setConfigProp("auto.create.topics.enable", "false")
            .setConfigProp("offsets.topic.num.partitions", "3")
            .setConfigProp("offsets.topic.replication.factor", replicas)
            .setConfigProp("transaction.state.log.num.partitions", "1")
            .setConfigProp("transaction.state.log.replication.factor", replicas)
            .setConfigProp("transaction.state.log.min.isr", "1")
            .setConfigProp("group.initial.rebalance.delay.ms", "0")
            .setConfigProp("group.consumer.heartbeat.interval.ms", "500")
            .setConfigProp("group.consumer.min.heartbeat.interval.ms", "50")
            .setConfigProp("group.consumer.min.session.timeout.ms", "500")
            .setConfigProp("broker.heartbeat.interval.ms", "500")
            .setConfigProp("broker.session.timeout.ms", "3000")
            .build();
    cluster.format();
    cluster.startup();
    cluster.waitForReadyBrokers();
    try (ServerSocket control = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
      System.out.println("control " + control.getLocalPort());
      System.out.println("bootstrap " + cluster.bootstrapServers());
      while (serve(control, cluster)) {}
    }
    cluster.close();
    System.exit(0);
  }

  /** Whether to go on. */
  private static boolean serve(ServerSocket control, KafkaClusterTestKit cluster) throws Exception {
    try (var socket = control.accept();
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        var out = new PrintWriter(socket.getOutputStream(), true)) {
      String[] command = String.valueOf(in.readLine()).trim().split(" ");
      try {
        switch (command[0]) {
          case "stop" -> end(cluster, command[1], Duration.ofMinutes(1));
          case "kill" -> end(cluster, command[1], Duration.ZERO);
          case "start" -> cluster.brokers().get(Integer.parseInt(command[1])).startup();
          case "quit" -> {
            out.println("done");
            return false;
          }
          default -> throw new IllegalArgumentException("stop ID, kill ID, start ID or quit");
        }
        out.println("done");
      } catch (Exception e) {
        out.println("failed: " + e);
      }
      return true;
    }
  }

  /** Others get the time to take over what it leads. */
  private static void end(KafkaClusterTestKit cluster, String id, Duration time) {
    var broker = cluster.brokers().get(Integer.parseInt(id));
    broker.shutdown(time);
    broker.awaitShutdown();
  }
}
