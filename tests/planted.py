"""Settings with a secret in each that may have one."""

SECRET = "hunter2keysecret"  # noqa: S105 - nobody's
PLANTED = {
    "MONITOR_NOTIFY": f"json://user:{SECRET}@hooks.example.org/{SECRET} slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}12345678",
    "MONITOR_NOTIFY_CRITICAL": f"mailto://user:{SECRET}@example.org?from=a@example.org",
    "MONITOR_IMAGE_PREFIX": f"s3://key:{SECRET}@bucket/",
    "WHYLABS_API_KEY": f"0123456789.{SECRET}",
    "WHYLABS_DEFAULT_ORG_ID": "org-1",
    "WHYLABS_DEFAULT_DATASET_ID": "model-1",
    "WHYLABS_API_ENDPOINT": "http://127.0.0.1:9",
}
OF_A_LOGIN = {
    "MONITOR_LOGIN_METADATA_URL": "https://login.example.org/.well-known/openid-configuration",
    "MONITOR_LOGIN_CLIENT_ID": "monitor",
    "MONITOR_LOGIN_CLIENT_SECRET": SECRET,
    "MONITOR_LOGIN_DOMAINS": "example.org",
    "MONITOR_LOGIN_EDITORS": "ada@example.org",
}
