# Gửi một nhịp của máy này (Windows 10/11, PowerShell 5.1) tới tslcd-monitor. Cài bằng install-tslcd-beat.ps1: tác vụ chạy
# mỗi phút bằng tài khoản NT AUTHORITY\LOCAL SERVICE, không cần quyền quản trị.
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
# Cửa sổ của Windows không mặc định hiện tiếng Việt; tác vụ chạy ngầm thì không có cửa sổ nào.
try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch { Write-Verbose 'no console' }

function Stop-Beat([string]$Why) {
    [Console]::Error.WriteLine("tslcd-beat: $Why")
    exit 1
}

try {
    $settings = Get-Content -Raw -Encoding UTF8 $Config | ConvertFrom-Json
    $asset = [string]$settings.asset
    $token = [string]$settings.token
    $url = [string]$settings.url
} catch {
    Stop-Beat "không đọc được ${Config}; cài lại bằng install-tslcd-beat.ps1. $($_.Exception.Message)"
}
if ($asset -cnotmatch '\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z') { Stop-Beat 'asset cần mã tài sản như trong danh mục' }
if ($token -cnotmatch '\A[A-Z2-7]{1,52}\z') { Stop-Beat "token chỉ có A-Z và 2-7; in bằng: tslcd-monitor heartbeat token $asset" }
# Mã (token) không đi qua mạng mà không mã hóa.
if ($url -cnotmatch '\Ahttps://[^/\s]+/beat\z') { Stop-Beat 'url cần dạng https://MÁY-GIÁM-SÁT:8443/beat' }

$system = Get-CimInstance Win32_OperatingSystem
$disk = Get-CimInstance Win32_LogicalDisk -Filter "DeviceID='$env:SystemDrive'"
$beat = [ordered]@{
    asset           = $asset
    # Đồng hồ vừa chỉnh lùi: không có thời gian chạy âm.
    uptime_s        = [math]::Max(0, [math]::Round(((Get-Date) - $system.LastBootUpTime).TotalSeconds))
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
# Không chờ "100 Continue" trước khi gửi thân: máy giám sát không trả lời câu hỏi đó.
[Net.ServicePointManager]::Expect100Continue = $false
try {
    Invoke-WebRequest -UseBasicParsing -Method Post -Uri $url -Body $body -ContentType 'application/json' `
        -Headers @{ Authorization = "Bearer $token" } -TimeoutSec 20 -MaximumRedirection 0 | Out-Null
} catch {
    $answer = $_.Exception.PSObject.Properties['Response']
    $code = 0
    if ($answer -and $answer.Value) { $code = [int]$answer.Value.StatusCode }
    switch ($code) {
        401 { Stop-Beat "máy giám sát không nhận mã (401); in mã mới bằng: tslcd-monitor heartbeat token $asset" }
        404 { Stop-Beat "máy giám sát không biết '$asset' (404); thêm phép đo kind: heartbeat vào danh mục, xem lại url" }
        429 { Stop-Beat 'gửi dồn dập (429); mỗi phút một nhịp là đủ' }
        default { Stop-Beat "không gửi được tới ${url}: $($_.Exception.Message)" }
    }
}
