import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** Speaks MongoDB's wire protocol over an H2 file: Server FILE. It has no transactions and no replica set. */
public class Server {
  public static void main(String[] arguments) throws Exception {
    H2Backend backend = new H2Backend(arguments[0]);
    backend.version(
        new MongoVersion() {
          public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
          }

          // The Node.js driver 7 refuses a server below 9.
          public int getWireVersion() {
            return 13;
          }
        });
    MongoServer server = new MongoServer(backend);
    server.bind("0.0.0.0", 27017);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    Thread.currentThread().join();
  }
}
