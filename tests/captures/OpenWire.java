/* SPDX-License-Identifier: Apache-2.0
 *
 * A broker of ActiveMQ with two users, and a client of it, out of the libraries of the package:
 *
 *     java -cp ... OpenWire.java broker ADDRESS
 *     java -cp ... OpenWire.java client ADDRESS USER PASSWORD
 */
import java.util.List;

import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;

import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.security.AuthenticationUser;
import org.apache.activemq.security.SimpleAuthenticationPlugin;

public class OpenWire {
    static void broker(String address) throws Exception {
        BrokerService broker = new BrokerService();
        SimpleAuthenticationPlugin users = new SimpleAuthenticationPlugin(List.of(
            new AuthenticationUser("amy", "secret", "users"),
            new AuthenticationUser("bob", "secret", "users")));

        broker.setBrokerName("server");
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.setPlugins(new BrokerPlugin[] {users});
        broker.addConnector("tcp://" + address + ":61616");
        broker.addConnector("stomp://" + address + ":61614");
        broker.addConnector("mqtt://" + address + ":1884");
        broker.start();
        broker.waitUntilStopped();
    }

    static void client(String address, String user, String password) throws Exception {
        ActiveMQConnectionFactory factory =
            new ActiveMQConnectionFactory("tcp://" + address + ":61616");
        Connection connection = factory.createConnection(user, password);

        connection.setClientID("till-7");
        connection.start();

        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = session.createQueue("orders");
        MessageConsumer consumer = session.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        BytesMessage bytes = session.createBytesMessage();

        producer.send(session.createTextMessage("two apples"));
        consumer.receive(2000);
        bytes.writeBytes("three pears".getBytes());
        producer.send(bytes);
        consumer.receive(2000);
        connection.close();
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("broker")) {
            broker(args[1]);
            return;
        }
        try {
            client(args[1], args[2], args[3]);
        } catch (JMSException refused) {
            System.out.println(refused.getMessage());
        }
        System.exit(0);
    }
}
