"""What leaves for InfluxDB and its kin, behind saved cursors."""
