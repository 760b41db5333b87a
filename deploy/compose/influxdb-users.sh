#!/bin/bash
# Ảnh influxdb chạy tệp này một lần, sau khi lập kho dữ liệu: hai tài khoản hẹp thay cho mã toàn quyền. tslcd-monitor chỉ ghi
# được, Grafana chỉ đọc được. Cả hai nói với InfluxDB 2 bằng giao thức của bản 1 (/write, /query).
set -euo pipefail

influx v1 dbrp create --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --db "$DOCKER_INFLUXDB_INIT_BUCKET" \
    --rp autogen --default --org "$DOCKER_INFLUXDB_INIT_ORG"
# Lệnh này chỉ nhận mật khẩu qua dòng lệnh; lúc nó chạy, trong vùng chứa không có ai khác.
influx v1 auth create --org "$DOCKER_INFLUXDB_INIT_ORG" --username tslcd-monitor \
    --password "$(cat /run/secrets/influx-monitor-password)" --write-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID"
influx v1 auth create --org "$DOCKER_INFLUXDB_INIT_ORG" --username grafana \
    --password "$(cat /run/secrets/influx-grafana-password)" --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID"
