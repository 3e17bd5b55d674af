"""Who may talk to a broker, and what they may do: TLS, SASL and rules."""

import pathlib

from .certificates import Authority
from .kafka_tool import KafkaTool

USER = "tester"
PASSWORD = "correct-horse-0417"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
LOGIN = "org.apache.kafka.common.security"
MODULES = {"PLAIN": f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
           "SCRAM-SHA-256": f"{LOGIN}.scram.ScramLoginModule required;",
           "SCRAM-SHA-512": f"{LOGIN}.scram.ScramLoginModule required;",
           "OAUTHBEARER": f"{LOGIN}.oauthbearer.OAuthBearerLoginModule required;"}


class Access:
    """Of one broker. `listeners`: any of SSL, SASL_PLAINTEXT, SASL_SSL, beside the PLAINTEXT one, where
    everybody is somebody who may do everything.

    `client_certificate` is what SSL wants of a client: "none", "requested" or "required"; its name is
    User:CN=<name>. With `rules`, nobody else may do anything that allow() does not say.
    """

    def __init__(self, directory: pathlib.Path, listeners: tuple[str, ...] = (),
                 client_certificate: str = "none", rules: bool = False):
        self.listeners = listeners
        self.client_certificate = client_certificate
        self.rules = rules
        self.authority = Authority(directory)
        self._server = self.authority.issue("broker")
        self._client = self.authority.issue("client")
        # Kafka wants one file.
        self._keystore = directory / "broker-with-key.pem"
        self._keystore.write_text("".join(path.read_text() for path in reversed(self._server)))

    def java_options(self) -> list[str]:
        return []

    def broker_properties(self) -> dict[str, str]:
        names = ("PLAINTEXT", *self.listeners)
        protocols = ["CONTROLLER:PLAINTEXT", *(f"{name}:{name}" for name in names)]
        properties = {"listener.security.protocol.map": ",".join(protocols)}
        if any(name.endswith("SSL") for name in self.listeners):
            properties |= {
                "ssl.keystore.type": "PEM", "ssl.keystore.location": str(self._keystore),
                "ssl.truststore.type": "PEM", "ssl.truststore.location": str(self.authority.certificate),
                "listener.name.ssl.ssl.client.auth": self.client_certificate}
        if any(name.startswith("SASL") for name in self.listeners):
            properties["sasl.enabled.mechanisms"] = ",".join(MECHANISMS)
        for listener in self.listeners:
            if listener.startswith("SASL"):
                for mechanism, module in MODULES.items():
                    prefix = f"listener.name.{listener.lower()}.{mechanism.lower()}"
                    properties[f"{prefix}.sasl.jaas.config"] = module
        if self.rules:
            properties |= {
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS"}
        return properties

    def set_passwords(self, tool: KafkaTool) -> None:
        """SCRAM's are in the cluster; the others come with the properties."""
        tool("set_password", user=USER, password=PASSWORD)

    def settings(self, listener: str, mechanism: str = "PLAIN", user: str = USER,
                 password: str = PASSWORD, certificate: bool = False) -> dict[str, str]:
        """librdkafka's, to be `user`, or to show the certificate of "client"."""
        settings = {"security.protocol": listener}
        if listener.endswith("SSL"):
            settings["ssl.ca.location"] = str(self.authority.certificate)
        if certificate:
            settings |= {"ssl.certificate.location": str(self._client[0]),
                         "ssl.key.location": str(self._client[1])}
        if listener.startswith("SASL"):
            settings["sasl.mechanism"] = mechanism
            if mechanism == "OAUTHBEARER":  # a token that nobody signed
                settings |= {"enable.sasl.oauthbearer.unsecure.jwt": "true",
                             "sasl.oauthbearer.config": f"principal={user}"}
            else:
                settings |= {"sasl.username": user, "sasl.password": password}
        return settings
