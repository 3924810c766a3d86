// Where everything reports to: one workspace, and the Application Insights component of the app on top of it.
// Alerts: alerts.bicep.

param token string
param location string
param tags object

@description('How long logs are kept. They hold ids and codes, no personal data.')
param retentionDays int

@description('Gigabytes a day after which the workspace takes nothing more; 0 is no limit.')
param dailyCapGigabytes int

@description('Logs come in and are queried over the public endpoints, or, without, over an Azure Monitor Private Link Scope.')
param publicIngestion bool = true

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: dailyCapGigabytes > 0 ? { dailyQuotaGb: dailyCapGigabytes } : null
    publicNetworkAccessForIngestion: publicIngestion ? 'Enabled' : 'Disabled'
    publicNetworkAccessForQuery: publicIngestion ? 'Enabled' : 'Disabled'
    features: {
      // Keys of the workspace are for agents, of which there are none: only Entra identities get in.
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // The connection string alone, which is no secret then, lets nobody write telemetry.
    DisableLocalAuth: true
    publicNetworkAccessForIngestion: publicIngestion ? 'Enabled' : 'Disabled'
    publicNetworkAccessForQuery: publicIngestion ? 'Enabled' : 'Disabled'
  }
}

resource auditing 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: workspace
  properties: {
    workspaceId: workspace.id
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

output workspaceId string = workspace.id
output insightsName string = insights.name
output insightsConnectionString string = insights.properties.ConnectionString
