# Gửi một nhịp của máy này (Windows 10/11, PowerShell 5.1) tới tslcd-monitor. Chạy mỗi phút bằng Task Scheduler,
# tài khoản NT AUTHORITY\LOCAL SERVICE:
#   schtasks /Create /TN tslcd-beat /SC MINUTE /RU "NT AUTHORITY\LOCAL SERVICE" /TR ^
#     "powershell -NoProfile -ExecutionPolicy Bypass -File C:\ProgramData\tslcd\tslcd-beat.ps1"
#
# C:\ProgramData\tslcd\tslcd-beat.json (chỉ LOCAL SERVICE và Administrators được đọc):
#   {"asset": "kiosk-21484-01", "token": "...", "url": "https://giamsat.example.gov.vn:8443/beat", "app": "chrome"}
#   token in bằng: tslcd-monitor heartbeat token kiosk-21484-01; app là tên tiến trình phải chạy, bỏ được.
# Chứng thư của máy giám sát phải do một nơi cấp trong kho "Trusted Root" của máy này cấp.
#
# Chỉ gửi: mã tài sản, thời gian chạy, tỷ lệ đĩa còn trống, ứng dụng còn chạy. Không gửi tên người dùng, tên máy, địa chỉ.
# Xem sẽ gửi gì mà không gửi: tslcd-beat.ps1 -Show
param(
    [string]$Config = (Join-Path $env:ProgramData 'tslcd\tslcd-beat.json'),
    [switch]$Show
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$settings = Get-Content -Raw -Encoding UTF8 $Config | ConvertFrom-Json
$system = Get-CimInstance Win32_OperatingSystem
$disk = Get-CimInstance Win32_LogicalDisk -Filter "DeviceID='$env:SystemDrive'"

$beat = [ordered]@{
    asset           = $settings.asset
    uptime_s        = [math]::Round(((Get-Date) - $system.LastBootUpTime).TotalSeconds)
    disk_free_ratio = [math]::Round($disk.FreeSpace / $disk.Size, 4)
}
if ($settings.PSObject.Properties.Name -contains 'app' -and $settings.app) {
    $beat.app_alive = [bool](Get-Process -Name $settings.app -ErrorAction SilentlyContinue)
}
$body = $beat | ConvertTo-Json -Compress
if ($Show) {
    $body
    exit 0
}

[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
Invoke-RestMethod -Method Post -Uri $settings.url -Body $body -ContentType 'application/json' `
    -Headers @{ Authorization = "Bearer $($settings.token)" } -TimeoutSec 20 | Out-Null
