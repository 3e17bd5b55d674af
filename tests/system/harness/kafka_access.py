"""Who may talk to a broker, and what they may do: TLS, SASL and rules."""

import pathlib

from . import tokens
from .certificates import Authority
from .kafka_tool import KafkaTool

USER = "tester"
PASSWORD = "correct-horse-0417"
LOGIN = "org.apache.kafka.common.security"
MODULES = {"PLAIN": f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
           "SCRAM-SHA-256": f"{LOGIN}.scram.ScramLoginModule required;",
           "SCRAM-SHA-512": f"{LOGIN}.scram.ScramLoginModule required;",
           "OAUTHBEARER": f"{LOGIN}.oauthbearer.OAuthBearerLoginModule required;"}


class Access:
    """Of one broker. `listeners`: any of SSL, SASL_PLAINTEXT, SASL_SSL, beside the PLAINTEXT one, where
    everybody is somebody who may do everything.

    `client_certificate` is what SSL wants of a client: "none", "requested" or "required"; its name is
    User:CN=<name>. With `rules`, nobody else may do anything that allow() does not say. OAUTHBEARER
    takes tokens that nobody signed, unless there is a server of `signed` ones.
    """

    def __init__(self, directory: pathlib.Path, listeners: tuple[str, ...] = (),
                 client_certificate: str = "none", rules: bool = False,
                 signed: tokens.TokenServer | None = None):
        self.listeners = listeners
        self.client_certificate = client_certificate
        self.rules = rules
        self.signed = signed
        self.authority = Authority(directory)
        self._server = self.authority.issue("broker")
        self._client = self.authority.issue("client")
        # Kafka wants one file.
        self._keystore = directory / "broker-with-key.pem"
        self._keystore.write_text("".join(path.read_text() for path in reversed(self._server)))

    def java_options(self) -> list[str]:
        if not self.signed:
            return []
        allowed = ",".join((self.signed.url, self.signed.keys.as_uri()))
        return [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={allowed}"]

    def broker_properties(self) -> dict[str, str]:
        names = ("PLAINTEXT", *self.listeners)
        protocols = ["CONTROLLER:PLAINTEXT", *(f"{name}:{name}" for name in names)]
        properties = {"listener.security.protocol.map": ",".join(protocols)}
        if any(name.endswith("SSL") for name in self.listeners):
            properties |= {
                "ssl.keystore.type": "PEM", "ssl.keystore.location": str(self._keystore),
                "ssl.truststore.type": "PEM", "ssl.truststore.location": str(self.authority.certificate),
                "listener.name.ssl.ssl.client.auth": self.client_certificate}
        for listener in self.listeners:
            if listener.startswith("SASL"):
                properties |= self._sasl_properties(f"listener.name.{listener.lower()}")
        if self.rules:
            properties |= {
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS"}
        return properties

    def _sasl_properties(self, prefix: str) -> dict[str, str]:
        properties = {f"{prefix}.{mechanism.lower()}.sasl.jaas.config": module
                      for mechanism, module in MODULES.items()}
        properties["sasl.enabled.mechanisms"] = ",".join(MODULES)
        if self.signed:
            handler = f"{LOGIN}.oauthbearer.OAuthBearerValidatorCallbackHandler"
            properties |= {
                f"{prefix}.oauthbearer.sasl.server.callback.handler.class": handler,
                "sasl.oauthbearer.jwks.endpoint.url": self.signed.keys.as_uri(),
                "sasl.oauthbearer.expected.issuer": tokens.ISSUER,
                "sasl.oauthbearer.expected.audience": tokens.AUDIENCE}
        return properties

    def set_passwords(self, tool: KafkaTool) -> None:
        """SCRAM's are in the cluster; the others come with the properties."""
        tool("set_password", user=USER, password=PASSWORD)

    def java_settings(self, listener: str, secret: str = tokens.CLIENT_SECRET) -> dict[str, str]:
        """The Java clients', to come with a signed token."""
        signed = self.signed
        assert signed is not None
        return {"security.protocol": listener, "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.authority.certificate),
                "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": signed.url,
                "sasl.login.callback.handler.class":
                    f"{LOGIN}.oauthbearer.OAuthBearerLoginCallbackHandler",
                "sasl.jaas.config": MODULES["OAUTHBEARER"].replace(
                    ";", f' clientId="{tokens.CLIENT_ID}" clientSecret="{secret}";')}

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
